import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "agents" / "emotion" / "artefact" / "encoder.onnx"
LOAD = f"from agents.onnx_session import session; session({str(MODEL)!r})"


def test_a_model_is_loaded_without_a_trace_of_the_runtimes_reports(tmp_path: Path) -> None:
    # Continuous integration turns the reports off by itself, and so do tests.
    silent = {"CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "XDG_CACHE_HOME"}
    inherited = {name: value for name, value in os.environ.items() if name not in silent}
    environment = {**inherited, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", LOAD], env=environment, check=True, timeout=60)
    assert list(tmp_path.rglob("*")) == []
