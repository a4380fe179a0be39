"""How a check is made and told."""

import json
import re


class Like:
    """An expected text that is only known by its form."""

    def __init__(self, pattern):
        self.pattern = pattern

    def __eq__(self, other):
        return isinstance(other, str) and re.fullmatch(self.pattern, other) is not None

    def __repr__(self):
        return f'like {self.pattern}'


class Checks:
    def __init__(self, out):
        self.out = out

    def equal(self, check, expected, seen):
        line = {'check': check, 'expected': expected, 'seen': seen, 'ok': expected == seen}
        print(json.dumps(line, default=repr), file=self.out, flush=True)

    def holds(self, check, seen):
        self.equal(check, True, bool(seen))

    def refused(self, check, call, kind, status, code, message=None, fields=None):
        """The call raises this class of the library's, with this status and error."""
        expected = {'class': kind.__name__, 'status': status, 'errorCode': code}
        seen = {'class': None, 'status': None, 'errorCode': None}
        error = {}
        try:
            call()
        except Exception as raised:  # any other class is a finding, not an accident
            content = getattr(raised, 'content', None)
            error = content[0] if isinstance(content, list) and content else {}
            seen = {
                'class': type(raised).__name__,
                'status': getattr(raised, 'status', None),
                'errorCode': error.get('errorCode'),
            }
        if message is not None:
            expected['message'], seen['message'] = message, error.get('message')
        if fields is not None:
            expected['fields'], seen['fields'] = fields, error.get('fields')
        self.equal(check, expected, seen)
