"""Names that the site, its pages and its stage share. Imports nothing."""

SITE = "site"
DOCUMENTS = ("paper", "abstract")
AUDIT = "audit.json"
VERIFICATION = "verification.html"
CERTIFICATE = "verification.pdf"
#: Files of ``outputs/<study>/`` that the site holds as they are, where they are there.
REPORTS = (AUDIT, "verification.json", CERTIFICATE)
