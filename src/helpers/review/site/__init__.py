"""The site of a study: paper, abstract, notebooks, ledger and reports in one folder of pages.

Every bound number, table and figure of a document shows where it comes from and leads to the
cell of the executed notebook that computed it. Out of scope: rendering the documents, and
whether what they say is right.
"""

from __future__ import annotations

from pathlib import Path


def make_site(root: Path, study_id: str) -> Path:
    """Make the site of a study, as :func:`helpers.review.site.folder.make_site` does.

    The work is imported when it is asked for: a build that has nothing to do imports this
    package to find that out.
    """
    from helpers.review.site import folder

    return folder.make_site(root, study_id)
