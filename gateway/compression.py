"""The server's WebSocket protocol: permessage-deflate on the metrics stream alone, and no log of texts that are none.

A compressor costs a connection more memory than all the rest of it: learners' streams, of which there are many with
small frames, go without; those who watch are few, and their frames are large and alike.
"""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request

COMPRESSED = "/v1/metrics"


class StreamProtocol(WebSocketsSansIOProtocol):
    """Offers compression where the path says that it is worth it."""

    def handle_connect(self, event: Request) -> None:
        """Choose the extensions, then go on as ever: the handshake's answer is made from what is available."""
        if event.path.partition("?")[0] == COMPRESSED:
            factory = ServerPerMessageDeflateFactory(
                server_max_window_bits=12, client_max_window_bits=12, compress_settings={"memLevel": 5}
            )
            self.conn.available_extensions = [factory]
        super().handle_connect(event)

    def send_receive_event_to_app(self) -> None:
        """Hand on what the client sent; a text that is none closes the socket, as everywhere, but is not logged.

        uvicorn logs a traceback for each, and so whoever has a token could fill the log.
        """
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()
