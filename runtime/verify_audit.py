"""`python -m runtime.verify_audit FILE…`: the verifier of exports, which is one file of its own (docs/audit.md)."""

import sys

from services.audit_verifier import main

if __name__ == "__main__":
    sys.exit(main())
