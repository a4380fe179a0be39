"""Bulk API 2.0, through the library's bulk2 handler."""

import csv
import io

from simple_salesforce.bulk2 import ColumnDelimiter, LineEnding, Operation
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceOperationError

from checks import Like

WAIT = 0.01


def judge(org, checks):
    client = org.client()
    ingest(client, checks)
    failures(client, checks)
    states(client, checks)
    queries(client, checks)


def rows(text, delimiter=','):
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def ingest(client, checks):
    contact = client.bulk2.Contact
    people = [{'LastName': f'Bulk {i}', 'Email': f'bulk{i}@acme.example', 'Title': 'Engineer'} for i in range(250)]
    people.append({'LastName': 'Bad', 'Email': 'bad', 'Title': ''})
    outcome = contact.insert(records=people, wait=WAIT)[0]
    counts = {'numberRecordsFailed': 1, 'numberRecordsProcessed': 251, 'numberRecordsTotal': 251}
    checks.equal('bulk insert', counts, {name: outcome[name] for name in counts})
    results = contact.get_all_ingest_records(outcome['job_id'])
    checks.equal('successful rows', (250, Like(r'003\w{15}'), 'true'), (
        len(results['successfulRecords']), results['successfulRecords'][0]['sf__Id'], results['successfulRecords'][0]['sf__Created']))
    checks.equal('failed rows', [('Bad', Like('INVALID_EMAIL_ADDRESS:Email: invalid email address: bad:.*--'))],
                 [(row['LastName'], row['sf__Error']) for row in results['failedRecords']])
    checks.equal('no row was left', [], results['unprocessedRecords'])
    id = results['successfulRecords'][0]['sf__Id']
    contact.update(records=[{'Id': id, 'Title': '#N/A', 'LastName': ''}], wait=WAIT)
    changed = client.Contact.get(id)
    checks.equal('bulk update: #N/A empties, nothing leaves alone', (None, 'Bulk 0'), (changed['Title'], changed['LastName']))
    for created in ('true', 'false'):
        outcome = contact.upsert(records=[{'Key__c': 'bulk', 'LastName': 'Upserted'}], external_id_field='Key__c', wait=WAIT)[0]
        checks.equal(f'bulk upsert, created {created}', [created],
                     [row['sf__Created'] for row in rows(contact.get_successful_records(outcome['job_id']))])
    contact.delete(records=[{'Id': id}], wait=WAIT)
    checks.equal('bulk delete', 0, client.query(f"SELECT Id FROM Contact WHERE Id = '{id}'")['totalSize'])
    outcome = contact.insert(records=[{'LastName': 'Semi;colon'}], column_delimiter=ColumnDelimiter.SEMICOLON,
                             line_ending=LineEnding.CRLF, wait=WAIT)[0]
    checks.equal('other delimiters and line endings', ['Semi;colon'],
                 [row['LastName'] for row in rows(contact.get_successful_records(outcome['job_id']), ';')])


def failures(client, checks):
    def fails(check, expected, call):
        seen = None
        try:
            call()
        except SalesforceOperationError as error:
            seen = str(error)
        checks.equal(check, Like(f'Job failure. Response content: {expected}.*'), seen)

    contact = client.bulk2.Contact
    fails('a column that is no field', 'InvalidBatch : Field name not found : Nope',
          lambda: contact.insert(records=[{'LastName': 'x', 'Nope': 'y'}], wait=WAIT))
    job = contact._client.create_job(Operation.insert)['id']
    contact._client.upload_job_data(job, 'LastName\r\nWindows\r\n')
    contact._client.close_job(job)
    fails('line endings that were not announced',
          'ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF',
          lambda: contact._client.wait_for_job(job, False, WAIT))
    checks.refused('an object that is not', lambda: client.bulk2.Nothing__c.insert(records=[{'Name': 'x'}], wait=WAIT),
                   SalesforceMalformedRequest, 400, 'INVALIDJOB', 'InvalidJob : Unable to find object: Nothing__c')
    users = client.bulk2.User.delete(records=[{'Id': client.query('SELECT Id FROM User LIMIT 1')['records'][0]['Id']}], wait=WAIT)[0]
    checks.equal('users cannot be deleted in bulk either', 1, users['numberRecordsFailed'])


def states(client, checks):
    job = client.bulk2.Contact._client
    opened = job.create_job(Operation.insert)
    expected = {
        'id': Like(r'750\w{15}'), 'operation': 'insert', 'object': 'Contact', 'state': 'Open', 'concurrencyMode': 'Parallel',
        'contentType': 'CSV', 'apiVersion': 64.0, 'lineEnding': 'LF', 'columnDelimiter': 'COMMA',
        'contentUrl': f'services/data/v64.0/jobs/ingest/{opened["id"]}/batches',
    }
    checks.equal('a job that was opened', expected, {name: opened.get(name) for name in expected})
    checks.equal('an aborted job', 'Aborted', job.abort_job(opened['id'], False)['state'])
    checks.refused('an aborted job cannot be closed', lambda: job.close_job(opened['id']), SalesforceMalformedRequest, 400, 'INVALIDJOBSTATE')


def queries(client, checks):
    account = client.bulk2.Account
    soql = "SELECT Id, Name, CreatedDate, Owner.Username FROM Account WHERE Name LIKE 'Page %'"
    expected = {row['Id'] for row in client.query_all(soql)['records']}
    pages = [rows(page) for page in account.query(soql, max_records=1000, wait=WAIT)]
    checks.equal('sets of rows', [1000] * (len(pages) - 1), [len(page) for page in pages[:-1]])
    checks.equal('all rows, once each', sorted(expected), sorted(row['Id'] for page in pages for row in page))
    checks.equal('columns', ['Id', 'Name', 'CreatedDate', 'Owner.Username'], list(pages[0][0]))
    checks.equal('a moment', Like(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z'), pages[0][0]['CreatedDate'])
    with_deleted = [row for page in account.query_all(soql, wait=WAIT) for row in rows(page)]
    checks.equal('with the deleted row', len(expected) + 1, len(with_deleted))
    checks.refused('a statement that is none', lambda: list(account.query('SELECT Foo FROM Account', wait=WAIT)),
                   SalesforceMalformedRequest, 400, 'INVALID_FIELD')
