"""Several requests or rows in one call, through the library's plain door to the REST API."""

from simple_salesforce.exceptions import SalesforceMalformedRequest

from checks import Like


def judge(org, checks):
    client = org.client()
    collections(client, checks)
    batch(client, checks)
    graph(client, checks)
    tree(client, checks)


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


def batch(client, checks):
    def send(requests, **more):
        return client.restful('composite/batch', method='POST', json={'batchRequests': requests, **more})

    def contact(fields):
        return {'method': 'POST', 'url': 'v64.0/sobjects/Contact', 'richInput': fields}

    client.limits()
    before = client.api_usage['api-usage'].used
    seen = send([contact({'LastName': 'Batched'}), contact({}), contact({'LastName': 'After'})], haltOnError=True)
    checks.equal('a batch halts at an error', (True, [201, 400, 412]), (seen['hasErrors'], [one['statusCode'] for one in seen['results']]))
    checks.equal('and says so', 'BATCH_PROCESSING_HALTED', seen['results'][2]['result'][0]['errorCode'])
    seen = send([contact({}), contact({'LastName': 'After'})])
    checks.equal('a batch goes on after an error', [400, 201], [one['statusCode'] for one in seen['results']])
    client.limits()
    checks.equal('every subrequest that was run is counted', before + 2 + 2 + 1, client.api_usage['api-usage'].used)
    checks.refused('a batch that is too large', lambda: send([contact({})] * 26), SalesforceMalformedRequest, 400, 'LIMIT_EXCEEDED')


def graph(client, checks):
    def node(reference, kind, fields):
        return {'method': 'POST', 'url': f'/services/data/v64.0/sobjects/{kind}', 'referenceId': reference, 'body': fields}

    good = [node('account', 'Account', {'Name': 'Graph'}), node('contact', 'Contact', {'LastName': 'Node', 'AccountId': '@{account.id}'})]
    bad = [node('account', 'Account', {'Name': 'Never'}), node('contact', 'Contact', {})]
    graphs = [{'graphId': 'good', 'compositeRequest': good}, {'graphId': 'bad', 'compositeRequest': bad}]
    seen = client.restful('composite/graph', method='POST', json={'graphs': graphs})['graphs']
    checks.equal('each graph on its own', [('good', True), ('bad', False)], [(one['graphId'], one['isSuccessful']) for one in seen])
    failed = seen[1]['graphResponse']['compositeResponse']
    checks.equal('a graph that failed', ['PROCESSING_HALTED', 'REQUIRED_FIELD_MISSING'], [one['body'][0]['errorCode'] for one in failed])
    checks.equal('is not kept', 0, client.query("SELECT Id FROM Account WHERE Name = 'Never'")['totalSize'])


def tree(client, checks):
    def record(kind, reference, **fields):
        return {'attributes': {'type': kind, 'referenceId': reference}, **fields}

    below = {'records': [record('Contact', 'leaf', LastName='Leaf')]}
    roots = [record('Account', 'root', Name='Root', Contacts=below), record('Account', 'other', Name='Other')]
    seen = client.restful('composite/tree/Account', method='POST', json={'records': roots})
    checks.equal('a tree', (False, ['root', 'other', 'leaf']), (seen['hasErrors'], [one['referenceId'] for one in seen['results']]))
    rotten = [record('Account', 'root', Name='Rotten'), record('Account', 'bad', Name='x' * 256)]
    error = None
    try:
        client.restful('composite/tree/Account', method='POST', json={'records': rotten})
    except SalesforceMalformedRequest as raised:
        error = (raised.status, raised.content['hasErrors'], [(one['referenceId'], one['errors'][0]['statusCode']) for one in raised.content['results']])
    checks.equal('a tree that failed', (400, True, [('bad', 'STRING_TOO_LONG')]), error)
    checks.equal('leaves nothing', 0, client.query("SELECT Id FROM Account WHERE Name = 'Rotten'")['totalSize'])
