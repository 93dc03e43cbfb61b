"""How the demo looks: a live screen, or plain lines where there is no terminal for it. Pure: a picture in, text out."""
