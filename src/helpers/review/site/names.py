"""Names that the site, its pages and its stage share. Imports nothing."""

SITE = "site"
DOCUMENTS = ("paper", "abstract")
AUDIT = "audit.json"
VERIFICATION = "verification.html"
#: Files of ``outputs/<study>/`` that become part of the site where they are there.
REPORTS = (AUDIT, VERIFICATION, "verification.json", "verification.pdf")
