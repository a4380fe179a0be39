"""Several requests or rows in one call, through the library's plain door to the REST API."""

from simple_salesforce.exceptions import SalesforceMalformedRequest

from checks import Like


def judge(org, checks):
    client = org.client()
    collections(client, checks)


def collections(client, checks):
    rows = [{'attributes': {'type': 'Contact'}, 'LastName': 'Good'}, {'attributes': {'type': 'Contact'}, 'LastName': 'x' * 81}]
    seen = client.restful('composite/sobjects', method='POST', json={'allOrNone': False, 'records': rows})
    message = f'Last Name: data value too large: {"x" * 81} (max length=80)'
    checks.equal('a collection answers each row', [
        {'id': Like(r'003\w{15}'), 'success': True, 'errors': []},
        {'success': False, 'errors': [{'statusCode': 'STRING_TOO_LONG', 'message': message, 'fields': ['LastName']}]},
    ], seen)
    seen = client.restful('composite/sobjects', method='POST', json={'allOrNone': True, 'records': rows})
    checks.equal('all or none', ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'STRING_TOO_LONG'], [row['errors'][0]['statusCode'] for row in seen])
    many = {'records': [rows[0]] * 201}
    checks.refused('too many rows', lambda: client.restful('composite/sobjects', method='POST', json=many),
                   SalesforceMalformedRequest, 400, 'EXCEEDED_ID_LIMIT')
