"""The site of a study: paper, abstract, notebooks, ledger and reports in one folder of pages.

Every bound number, table and figure of a document shows where it comes from and leads to the
cell of the executed notebook that computed it. Out of scope: rendering the documents, and
whether what they say is right.
"""

from helpers.review.site.site import SITE, make_site

__all__ = ["SITE", "make_site"]
