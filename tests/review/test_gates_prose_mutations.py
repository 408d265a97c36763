"""Every binding of both seed manuscripts is typed instead, one at a time: a gate must say where."""

from __future__ import annotations

import pytest
from planted import SEEDS, context_of, planted, with_document

from helpers.review.gates import keys, prose


@pytest.mark.parametrize("study", SEEDS)
def test_every_value_that_is_typed_instead_of_bound_is_found_at_its_place(study):
    context = context_of(study)
    count, missed = 0, []
    for document in context.documents:
        for mutant in planted(document):
            count += 1
            changed = with_document(context, mutant.document)
            found = {f.where for f in prose.check(changed).errors}
            if mutant.where not in found:
                found = {f.where.partition(":")[0] for f in keys.check(changed).errors}
                if mutant.document.source.name not in found:
                    missed.append(f"{mutant.where}: {mutant.key}")
    print(f"{study}: caught {count - len(missed)} of {count} planted")
    assert count > 150
    assert missed == [], f"caught {count - len(missed)} of {count} planted"
