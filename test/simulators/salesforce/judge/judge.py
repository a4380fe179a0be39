"""Judges the Salesforce simulator with a client that others wrote for the real Salesforce.

Reads from standard input where the simulator is and who may log in, calls it with simple-salesforce, and prints one line
of JSON for each check: what Salesforce documents, what was seen, and whether the two agree.
"""

import json
import sys

import bulk
import logins
import queries
import records
import together
from checks import Checks
from transport import Org


def main():
    org = Org(json.load(sys.stdin))
    checks = Checks(sys.stdout)
    for part in (logins, records, queries, bulk, together):
        part.judge(org, checks)


if __name__ == '__main__':
    main()
