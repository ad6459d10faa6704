#!/usr/bin/env python3
"""Every operation of the API, called with an unchanged boto3, which is only told another endpoint.

Usage: every_operation.py [AREA…]. Each area is a file beside this one, such as groups.py. After a run of all
areas, each operation that boto3 knows has to have been called with success, unless docs/operations.md says that
the server does not support it yet, or REFUSED names it.

Environment: COGNATE_ENDPOINT, an empty server in the development profile.
"""

import sys
import unittest

from area import IDP, OUTCOMES, SUCCESS, rows_of_the_page

AREAS = (
    "user_pools", "app_clients", "looks", "identity_providers", "groups", "users", "accounts",
    "sign_in", "devices", "sessions", "threat_protection", "user_imports", "machine_tokens",
)
# What a server of one region refuses whatever the input, each by the only answer that it gives
# (administration 11).
REFUSED = {
    "CreateUserPoolReplica": "OperationNotEnabledException",
    "UpdateUserPoolReplica": "OperationNotEnabledException",
    "DeleteUserPoolReplica": "OperationNotEnabledException",
}


def complaints():
    """What the run did not show of an operation, a line each."""
    known = set(IDP.meta.service_model.operation_names)
    rows = rows_of_the_page()
    for operation in sorted(known ^ set(rows)):
        where = "boto3" if operation in known else "docs/operations.md"
        yield f"{operation} is known to {where} only"
    for operation in sorted(known & set(rows)):
        outcomes = OUTCOMES.get(operation, set())
        if operation in REFUSED:
            if outcomes != {REFUSED[operation]}:
                yield f"{operation} has to be refused by {REFUSED[operation]}, and was: {outcomes}"
        elif rows[operation] and SUCCESS not in outcomes:
            yield f"{operation} was not called with success: {outcomes or 'not at all'}"
        elif not rows[operation] and SUCCESS in outcomes:
            yield f"{operation} works, and docs/operations.md says that it is not supported"


def main():
    areas = sys.argv[1:] or AREAS
    suite = unittest.defaultTestLoader.loadTestsFromNames(areas)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    if not result.wasSuccessful():
        return 1
    if sys.argv[1:]:
        return 0
    found = list(complaints())
    for complaint in found:
        print(complaint)
    succeeded = sum(SUCCESS in outcomes for outcomes in OUTCOMES.values())
    print(f"{succeeded} operations were called with success, {len(REFUSED)} were refused as they have to be")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
