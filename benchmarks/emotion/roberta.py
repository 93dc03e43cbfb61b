"""An encoder of RoBERTa-base's shape with random weights, for its time alone."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LAYERS, WIDTH, HEADS, INNER, VOCABULARY, LABELS = 12, 768, 12, 3072, 50265, 28


def graph(seed: int = 0) -> bytes:
    """ONNX graph in single precision: `ids` and `mask`, int64 (batch, tokens), to `logits` (batch, 28)."""
    random = np.random.default_rng(seed)
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def constant(*shape: int) -> str:
        name = f"w{len(constants)}"
        values: NDArray[np.float32] = random.standard_normal(shape, dtype=np.float32) * np.float32(0.02)
        constants.append(numpy_helper.from_array(values, name))
        return name

    def node(kind: str, inputs: list[str], domain: str = "", **attributes: Any) -> str:
        name = f"n{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **attributes))
        return name

    def linear(x: str, inputs: int, outputs: int) -> str:
        return node("Add", [node("MatMul", [x, constant(inputs, outputs)]), constant(outputs)])

    padding = node("Cast", ["mask"], to=TensorProto.INT32)
    hidden = node("Gather", [constant(VOCABULARY, WIDTH), "ids"])
    for _ in range(LAYERS):
        parts = [linear(hidden, WIDTH, WIDTH) for _ in range(3)]
        mixed = node("MultiHeadAttention", [*parts, "", padding], "com.microsoft", num_heads=HEADS)
        out = linear(mixed, WIDTH, WIDTH)
        hidden = node("SkipLayerNormalization", [out, hidden, constant(WIDTH), constant(WIDTH)], "com.microsoft")
        up = node("Gelu", [linear(hidden, WIDTH, INNER)], "com.microsoft")
        down = linear(up, INNER, WIDTH)
        hidden = node("SkipLayerNormalization", [down, hidden, constant(WIDTH), constant(WIDTH)], "com.microsoft")
    constants.append(numpy_helper.from_array(np.array(0, dtype=np.int64), "first"))
    first = node("Gather", [hidden, "first"], axis=1)
    nodes.append(helper.make_node("Gemm", [first, constant(WIDTH, LABELS), constant(LABELS)], ["logits"]))
    shape = ["batch", "tokens"]
    made = helper.make_graph(
        nodes,
        "roberta-base-shape",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("ids", "mask")],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", LABELS])],
        constants,
    )
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(made, opset_imports=opsets)
    model.ir_version = 10
    serialised: bytes = model.SerializeToString()
    return serialised
