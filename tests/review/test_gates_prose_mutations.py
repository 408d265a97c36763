"""Every binding of both seed manuscripts is typed instead, one at a time: a gate must say where."""

from __future__ import annotations

import pytest
from planted import SEEDS, Planted, context_of, planted, with_document

from helpers.review.gates import Context, checklist, keys, prose
from helpers.review.gates.passages import CHECKLIST


def places(context: Context, mutant: Planted) -> set[str]:
    """Where errors stand in a document in which one value was typed."""
    changed = with_document(context, mutant.document)
    found = {finding.where for finding in prose.check(changed).errors}
    if mutant.where.partition(":")[0].endswith(f"/{CHECKLIST}"):
        errors = checklist.check(changed).errors
        return {mutant.where for finding in errors if mutant.where.startswith(finding.where)}
    if mutant.where in found:
        return found
    # The notice and the colophon are missed as a whole, at the first line of the document.
    first = f"{mutant.document.source.name}:1"
    errors = keys.check(changed).errors
    return {mutant.where for finding in errors if finding.where == first}


@pytest.mark.parametrize("study", SEEDS)
def test_every_value_that_is_typed_instead_of_bound_is_found_at_its_place(study):
    context = context_of(study)
    assert not prose.check(context).errors
    count, missed = 0, []
    for document in context.documents:
        for mutant in planted(document):
            count += 1
            if mutant.where not in places(context, mutant):
                missed.append(f"{mutant.where}: {mutant.key}")
    print(f"{study}: caught {count - len(missed)} of {count} planted")
    assert count > 150
    assert missed == [], f"caught {count - len(missed)} of {count} planted"
