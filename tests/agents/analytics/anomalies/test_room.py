from agents.analytics.anomalies.room import OPEN, may_open


def opened(wishes: dict[str, int]) -> list[str]:
    """Each tenant opens one at a time, as many as it wants and may."""
    whose: list[str] = []
    for _ in range(OPEN):
        for tenant, wanted in wishes.items():
            if whose.count(tenant) < wanted and may_open(whose, tenant):
                whose.append(tenant)
    return whose


def test_one_noisy_tenant_leaves_room_for_others() -> None:
    whose = opened({"noisy": OPEN})
    assert len(whose) == 12
    for tenant in ("", "north", "south"):
        assert may_open(whose, tenant)


def test_many_noisy_tenants_leave_room_for_the_next() -> None:
    whose = opened({f"noisy {number}": OPEN for number in range(20)})
    assert len(whose) < OPEN
    assert may_open(whose, "quiet")


def test_the_whole_is_bounded() -> None:
    assert len(opened({f"tenant {number}": 3 for number in range(500)})) == OPEN
