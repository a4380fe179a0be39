"""Queries: pages, deleted rows, and the errors of a statement."""

from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from checks import Like

ROWS = 4500


def judge(org, checks):
    client = org.client()
    outcome = client.bulk2.Account.insert(records=[{'Name': f'Page {i:05}'} for i in range(ROWS)], wait=0.01)
    checks.equal('rows to query', (ROWS, 0), (outcome[0]['numberRecordsProcessed'], outcome[0]['numberRecordsFailed']))
    soql = "SELECT Id, Name FROM Account WHERE Name LIKE 'Page %' ORDER BY Name"
    first = client.query(soql)
    checks.equal('a page', (ROWS, False, 2000), (first['totalSize'], first['done'], len(first['records'])))
    checks.equal('the way to the next page', Like(r'/services/data/v64\.0/query/01g\w{15}-2000'), first['nextRecordsUrl'])
    names = [row['Name'] for row in client.query_all(soql)['records']]
    checks.equal('all pages, in order', [f'Page {i:05}' for i in range(ROWS)] == names, True)
    small = client.query(soql, headers={'Sforce-Query-Options': 'batchSize=200'})
    checks.equal('smaller pages', 200, len(small['records']))
    deleted(client, checks, first['records'][0]['Id'])
    refused(client, checks)


def deleted(client, checks, id):
    client.Account.delete(id)
    soql = f"SELECT Id, IsDeleted FROM Account WHERE Id = '{id}'"
    checks.equal('query leaves deleted rows out', 0, client.query(soql)['totalSize'])
    checks.equal('queryAll shows them', [True], [row['IsDeleted'] for row in client.query_all(soql, include_deleted=True)['records']])


def refused(client, checks):
    bad = (SalesforceMalformedRequest, 400)
    checks.refused('no statement', lambda: client.query('SELECT FROM'), *bad, 'MALFORMED_QUERY')
    checks.refused('no such object', lambda: client.query('SELECT Id FROM Nothing'), *bad, 'INVALID_TYPE')
    checks.refused('no such field', lambda: client.query('SELECT Foo FROM User'), *bad, 'INVALID_FIELD', Like(
        r"(?s)\nSELECT Foo FROM User\n +\^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'User'\. If you are "
        r'attempting to use a custom field, be sure to append the .*'))
    checks.refused('an offset that is too large', lambda: client.query('SELECT Id FROM User OFFSET 2001'), *bad, 'NUMBER_OUTSIDE_VALID_RANGE')
    checks.refused('no such locator', lambda: client.query_more('01g000000000001AAA-2000'), SalesforceResourceNotFound, 404, 'INVALID_QUERY_LOCATOR')
