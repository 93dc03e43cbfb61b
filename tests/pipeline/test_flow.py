import faust
import pytest
from mode.utils.queues import FlowControlEvent, FlowControlQueue

from pipeline.app import PipelineApp
from pipeline.flow import FlowControl


@pytest.mark.parametrize(("kind", "left"), [(FlowControlEvent, 0), (FlowControl, 1)])
async def test_a_change_that_came_between_two_resumptions_stays(kind: type, left: int) -> None:
    control = kind()
    queue: FlowControlQueue[str] = FlowControlQueue(flow_control=control, clear_on_resume=True)
    control.resume()
    queue.put_nowait("a standby table's change")
    control.resume()
    assert queue.qsize() == left


async def test_what_was_queued_before_a_suspension_goes() -> None:
    control = FlowControl()
    queue: FlowControlQueue[str] = FlowControlQueue(flow_control=control, clear_on_resume=True)
    control.resume()
    queue.put_nowait("of an earlier assignment")
    control.suspend()
    assert not control.is_active()
    control.resume()
    assert control.is_active()
    assert queue.empty()


async def test_the_app_queues_by_it() -> None:
    app: faust.App = PipelineApp("masterx-test", broker="kafka://127.0.0.1:1")
    assert isinstance(app.flow_control, FlowControl)
    assert app.tables.changelog_queue._flow_control is app.flow_control
