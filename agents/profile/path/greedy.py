"""The learning path, greedily: the best worth per minute first, together with all that it requires."""

from agents.profile.path.problem import Problem


def solve(problem: Problem) -> list[int]:
    """Positions of an allowed choice. A concept and what it still requires are taken as one bundle.

    Time: quadratic in the number of candidates, times the size of a bundle.
    """
    candidates = problem.candidates
    at = {candidate.concept_id: position for position, candidate in enumerate(candidates)}
    bundles = [_bundle(problem, at, position) for position in range(len(candidates))]
    partners: list[list[tuple[int, float]]] = [[] for _ in candidates]
    for first, second, bonus in problem.pairs():
        partners[first].append((second, bonus))
        partners[second].append((first, bonus))
    chosen: set[int] = set()
    left = problem.minutes
    while True:
        best, best_rate = None, 0.0
        for position, bundle in enumerate(bundles):
            if position in chosen or bundle is None:
                continue
            new = [one for one in bundle if one not in chosen]
            minutes = sum(candidates[one].minutes for one in new)
            if minutes > left + 1e-9:
                continue
            inside = chosen.union(new)
            worth = sum(candidates[one].value for one in new)
            for one in new:
                for partner, bonus in partners[one]:
                    # A pair within the bundle is met from both of its ends.
                    if partner in chosen:
                        worth += bonus
                    elif partner in inside:
                        worth += bonus / 2.0
            rate = worth / max(minutes, 1e-9)
            if rate > best_rate:
                best, best_rate = (new, minutes), rate
        if best is None:
            return sorted(chosen)
        chosen.update(best[0])
        left -= best[1]


def _bundle(problem: Problem, at: dict[str, int], position: int) -> list[int] | None:
    """The candidate and all that it requires, directly or not; None where something can't be had."""
    bundle: list[int] = []
    stack = [position]
    seen: set[int] = set()
    while stack:
        one = stack.pop()
        if one in seen:
            continue
        seen.add(one)
        bundle.append(one)
        for name in problem.candidates[one].requires:
            if name not in at:
                return None
            stack.append(at[name])
    return bundle
