"""Logging in, in each way the library knows, and what is told of the org afterwards."""

from simple_salesforce import Salesforce, SalesforceLogin
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceExpiredSession

from checks import Like

INVALID_LOGIN = 'Invalid username, password, security token; or user locked out.'


def judge(org, checks):
    client = org.client()
    checks.equal('client credentials give a token', Like(r'00D\w{12}!\S+'), client.session_id)
    soap = {'username': org.username, 'password': org.password, 'security_token': org.security_token}
    checks.equal('SOAP login gives a session', Like(r'00D\w{12}!\S+'), soap_client(org, soap).session_id)
    checks.equal('SOAP login names the instance', org.url.split('//')[1], soap_client(org, soap).sf_instance)
    password = {
        'username': org.username,
        'password': org.password + org.security_token,
        'consumer_key': org.client_id,
        'consumer_secret': org.client_secret,
    }
    checks.equal('the password flow gives a token', Like(r'00D\w{12}!\S+'), SalesforceLogin(session=org.session(), **password)[0])
    refuse(org, checks, soap, password)
    sessions(org, checks, client)


def soap_client(org, soap):
    return Salesforce(session=org.session(), version='64.0', **soap)


def refuse(org, checks, soap, password):
    def refused(check, code, message, login):
        seen = None
        try:
            login()
        except SalesforceAuthenticationFailed as error:
            seen = {'code': error.code, 'message': error.auth_message}
        checks.equal(check, {'code': code, 'message': message}, seen)

    def by_soap(**changed):
        return lambda: SalesforceLogin(session=org.session(), sf_version='64.0', **{**soap, **changed})

    def by_oauth(**changed):
        return lambda: SalesforceLogin(session=org.session(), **{**password, **changed})

    refused('SOAP login refuses a wrong password', 'INVALID_LOGIN', INVALID_LOGIN, by_soap(password='wrong'))
    refused('SOAP login refuses a wrong security token', 'INVALID_LOGIN', INVALID_LOGIN, by_soap(security_token='wrong'))
    refused('the password flow refuses a wrong password', 'invalid_grant', 'authentication failure', by_oauth(password='wrong'))
    refused('an unknown client is refused', 'invalid_client_id', 'client identifier invalid', by_oauth(consumer_key='nobody'))
    refused('a wrong secret is refused', 'invalid_client', 'invalid client credentials', by_oauth(consumer_secret='wrong'))


def sessions(org, checks, client):
    checks.equal('the org is no sandbox', False, client.is_sandbox())
    checks.equal('identity', org_identity(client), {'user_type': 'STANDARD', 'active': True})
    limits = client.limits()
    checks.holds('limits tell the daily calls', limits['DailyApiRequests']['Max'] >= limits['DailyApiRequests']['Remaining'] >= 0)
    checks.holds('limits tell the bulk batches', {'Max', 'Remaining'} <= set(limits['DailyBulkApiBatches']))
    before = client.api_usage['api-usage'].used
    client.limits()
    checks.equal('every call is counted', before + 1, client.api_usage['api-usage'].used)
    bare = org.client(session_id=client.session_id, instance_url=org.url)
    client.oauth2('revoke', {'token': client.session_id}, 'POST')
    checks.refused(
        'a revoked session is refused',
        lambda: bare.query('SELECT Id FROM Organization'),
        SalesforceExpiredSession,
        401,
        'INVALID_SESSION_ID',
        'Session expired or invalid',
    )
    checks.equal('a client with a login logs in again', 1, client.query('SELECT Id FROM Organization')['totalSize'])


def org_identity(client):
    info = client.oauth2('userinfo')
    return {name: info[name] for name in ('user_type', 'active')}
