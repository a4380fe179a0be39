"""Single rows: what can be created, read, changed and deleted, how that is answered, and what is refused."""

from datetime import datetime, timedelta, timezone

from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from checks import Like

DUPLICATE_USERNAME = (
    'Duplicate Username.<br>The username already exists in this or another Salesforce organization. Usernames must be '
    'unique across all Salesforce organizations. To resolve, use a different username (it doesn\'t need to match the '
    'user\'s email address). '
)
REQUIRED = ['Username', 'LastName', 'Email', 'Alias', 'TimeZoneSidKey', 'LocaleSidKey', 'EmailEncodingKey', 'ProfileId', 'LanguageLocaleKey']
LENGTHS = {'Username': 80, 'LastName': 80, 'FirstName': 40, 'Email': 128, 'Alias': 8, 'EmployeeNumber': 20, 'FederationIdentifier': 512}


def judge(org, checks):
    client = org.client()
    describes(client, checks)
    accounts(client, checks)
    external_ids(client, checks)
    users(client, checks)
    replication(client, checks)


def describes(client, checks):
    everything = client.describe()
    checks.equal('describe global', ('UTF-8', 200), (everything['encoding'], everything['maxBatchSize']))
    prefixes = {one['name']: one['keyPrefix'] for one in everything['sobjects']}
    expected = {'Account': '001', 'Contact': '003', 'Lead': '00Q', 'User': '005', 'Profile': '00e', 'Group': '00G', 'PermissionSet': '0PS'}
    checks.equal('key prefixes', expected, {name: prefixes.get(name) for name in expected})
    user = client.User.describe()
    abilities = {'createable': True, 'updateable': True, 'deletable': False, 'replicateable': True}
    checks.equal('what can be done to users', abilities, {name: user[name] for name in abilities})
    fields = {field['name']: field for field in user['fields']}
    checks.equal('lengths of user fields', LENGTHS, {name: fields[name]['length'] for name in LENGTHS})
    checks.equal('a restricted picklist', True, fields['TimeZoneSidKey']['restrictedPicklist'])
    checks.equal('a reference', ['Profile'], fields['ProfileId']['referenceTo'])
    checks.equal('basic information', 'Account', client.Account.metadata()['objectDescribe']['name'])


def accounts(client, checks):
    created = client.Account.create({'Name': 'Judged'})
    checks.equal('create', {'id': Like(r'001\w{15}'), 'success': True, 'errors': []}, dict(created))
    id = created['id']
    checks.equal('update', 204, client.Account.update(id, {'Phone': '+1 555 0100'}))
    read = client.Account.get(id)
    checks.equal('read', ('Judged', '+1 555 0100'), (read['Name'], read['Phone']))
    attributes = {'type': 'Account', 'url': f'/services/data/v64.0/sobjects/Account/{id}'}
    checks.equal('attributes', attributes, dict(read['attributes']))
    checks.equal('delete', 204, client.Account.delete(id))
    gone = (SalesforceResourceNotFound, 404, 'ENTITY_IS_DELETED', 'entity is deleted', [])
    checks.refused('a deleted row cannot be read', lambda: client.Account.get(id), *gone)
    checks.refused('a deleted row cannot be deleted again', lambda: client.Account.delete(id), *gone)
    missing = (SalesforceResourceNotFound, 404, 'NOT_FOUND', 'The requested resource does not exist')
    checks.refused('a row that never was', lambda: client.Account.get('001000000000001AAA'), *missing)
    checks.refused('an object that is not', lambda: client.Nothing__c.get('a00000000000001AAA'), *missing)
    checks.refused('a field that is not', lambda: client.Account.create({'Name': 'x', 'Nope': 1}), SalesforceMalformedRequest, 400, 'INVALID_FIELD')
    too_long = 'Account Name: data value too large: ' + 'x' * 256 + ' (max length=255)'
    checks.refused(
        'a text that is too long',
        lambda: client.Account.create({'Name': 'x' * 256}),
        SalesforceMalformedRequest, 400, 'STRING_TOO_LONG', too_long, ['Name'],
    )


def external_ids(client, checks):
    contact = client.Contact
    checks.equal('upsert creates', 201, contact.upsert('Key__c/a%2Fb', {'LastName': 'First'}))
    answer = contact.upsert('Key__c/a%2Fb', {'LastName': 'Second'}, raw_response=True)
    checks.equal('upsert updates', (200, False), (answer.status_code, answer.json()['created']))
    checks.equal('read by external id', 'Second', contact.get_by_custom_id('Key__c', 'a/b')['LastName'])
    checks.refused('no such value', lambda: contact.get_by_custom_id('Key__c', 'c'), SalesforceResourceNotFound, 404, 'NOT_FOUND')
    checks.refused('no such external id', lambda: contact.upsert('Nope__c/1', {'LastName': 'x'}), SalesforceResourceNotFound, 404, 'NOT_FOUND')
    for name in ('Twin', 'Other Twin'):
        contact.create({'LastName': name, 'Shared__c': 'same'})
    seen = None
    try:
        contact.upsert('Shared__c/same', {'LastName': 'Which'})
    except SalesforceMoreThanOneRecord as error:
        seen = (error.status, len(error.content), error.content[0])
    checks.equal('many rows for one external id', (300, 2, Like(r'/services/data/v64\.0/sobjects/Contact/003\w{15}')), seen)


def users(client, checks):
    profile = client.query("SELECT Id FROM Profile WHERE Name = 'Standard User'")['records'][0]['Id']
    valid = {
        'Username': 'judged@acme.example', 'LastName': 'Judged', 'Email': 'judged@acme.example', 'Alias': 'judged',
        'TimeZoneSidKey': 'America/Los_Angeles', 'LocaleSidKey': 'en_US', 'EmailEncodingKey': 'UTF-8',
        'LanguageLocaleKey': 'en_US', 'ProfileId': profile,
    }
    id = client.User.create(valid)['id']
    other = {**valid, 'Username': 'other@acme.example'}

    def refused(check, changes, code, message=None, fields=None):
        checks.refused(check, lambda: client.User.create({**other, **changes}), SalesforceMalformedRequest, 400, code, message, fields)

    required = f'Required fields are missing: [{", ".join(REQUIRED)}]'
    checks.refused('a user without anything', lambda: client.User.create({}), SalesforceMalformedRequest, 400, 'REQUIRED_FIELD_MISSING', required, REQUIRED)
    refused('a username that is taken', {'Username': 'JUDGED@acme.example'}, 'DUPLICATE_USERNAME', DUPLICATE_USERNAME, ['Username'])
    refused('a username that is no address', {'Username': 'judged'}, 'FIELD_INTEGRITY_EXCEPTION',
            'Username must be in the form of an email address (for example, john@acme.com): Username', ['Username'])
    refused('an e-mail address that is none', {'Email': 'x'}, 'INVALID_EMAIL_ADDRESS', 'Email: invalid email address: x', ['Email'])
    refused('an alias that is too long', {'Alias': 'abcdefghi'}, 'STRING_TOO_LONG', 'Alias: data value too large: abcdefghi (max length=8)', ['Alias'])
    refused('a time zone that is not', {'TimeZoneSidKey': 'Moon/Base'}, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
            'Time Zone: bad value for restricted picklist field: Moon/Base', ['TimeZoneSidKey'])
    refused('a profile that is not', {'ProfileId': profile[:9] + 'zzzzzz'}, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [])
    nickname = 'Duplicate Nickname.<br>Another user has already selected this nickname.<br>Please select another.'
    refused('a nickname that is taken', {'CommunityNickname': 'judged'}, 'DUPLICATE_COMM_NICKNAME', nickname, ['CommunityNickname'])
    checks.refused('users cannot be deleted', lambda: client.User.delete(id), SalesforceGeneralError, 405, 'METHOD_NOT_ALLOWED')
    passwords(client, checks, id)
    login = client.query(f"SELECT Id, IsFrozen FROM UserLogin WHERE UserId = '{id}'")['records'][0]
    checks.equal('a user is not frozen at first', False, login['IsFrozen'])
    checks.equal('freeze', 204, client.UserLogin.update(login['Id'], {'IsFrozen': True}))
    checks.equal('deactivate', 204, client.User.update(id, {'IsActive': False}))
    refused('the username of an inactive user', {'Username': 'judged@acme.example'}, 'DUPLICATE_USERNAME')


def passwords(client, checks, id):
    path = f'sobjects/User/{id}/password'
    checks.equal('password not expired', {'isExpired': False}, dict(client.restful(path)))
    checks.equal('set a password', None, client.set_password(id, 'Judged1234'))
    checks.refused('a weak password', lambda: client.set_password(id, 'lettersonly'), SalesforceMalformedRequest, 400, 'INVALID_NEW_PASSWORD',
                   'Your password must have a mix of letters and numbers.')
    checks.refused('a repeated password', lambda: client.set_password(id, 'Judged1234'), SalesforceGeneralError, 500, 'UNKNOWN_EXCEPTION', 'invalid repeated password')


def replication(client, checks):
    now = datetime.now(timezone.utc)
    start, end = now - timedelta(days=1), now + timedelta(minutes=2)
    id = client.Contact.create({'LastName': 'Replicated'})['id']
    gone = client.Contact.create({'LastName': 'Replicated and gone'})['id']
    client.Contact.delete(gone)
    changes = client.Contact.updated(start, end)
    checks.equal('updated', (True, False), (id in changes['ids'], gone in changes['ids']))
    checks.equal('updated covers', Like(r'\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000\+0000'), changes['latestDateCovered'])
    deletions = client.Contact.deleted(start, end)
    checks.equal('deleted', [gone], [one['id'] for one in deletions['deletedRecords'] if one['id'] in (id, gone)])
    refused = (SalesforceMalformedRequest, 400, 'INVALID_REPLICATION_DATE')
    checks.refused('updated in reverse', lambda: client.Contact.updated(end, start), *refused)
    checks.refused('updated too long ago', lambda: client.Contact.updated(now - timedelta(days=40), end), *refused)
