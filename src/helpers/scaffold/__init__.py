"""A new study from nothing or from a table: ``study.yml``, documents and what the checks read.

Out of scope: values of patients. The table is read to see what its columns hold, and nothing
that stands below its header is written anywhere.
"""

from helpers.scaffold.proposal import Proposal, propose
from helpers.scaffold.scaffold import Scaffold, draft, scaffold

__all__ = ["Proposal", "Scaffold", "draft", "propose", "scaffold"]
