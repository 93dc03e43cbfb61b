"""ONNX models on one thread each, by a runtime that reports to nobody.

From version 1.29 on, ONNX Runtime on Linux numbers the machine in a file of its user's and sends its maker word of the
models it loads, unless the environment says otherwise by the time it is loaded.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

from onnxruntime import InferenceSession, SessionOptions


def session(model: bytes | str) -> InferenceSession:
    """The model, given whole or by its path. Calls from several threads may run at once, each on its own thread."""
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return InferenceSession(model, options, providers=["CPUExecutionProvider"])
