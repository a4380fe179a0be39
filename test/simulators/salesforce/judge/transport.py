"""The way to the simulator for a library that only knows https and Salesforce's own hosts."""

from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce


class ToSimulator(HTTPAdapter):
    def __init__(self, url):
        super().__init__()
        self.simulator = urlsplit(url)

    def send(self, request, *args, **kwargs):
        asked = urlsplit(request.url)
        request.url = urlunsplit((self.simulator.scheme, self.simulator.netloc, asked.path, asked.query, ''))
        return super().send(request, *args, **kwargs)


class Org:
    """Where the simulator is, and clients that are logged in to it."""

    def __init__(self, given):
        self.url = given['url']
        self.client_id = given['clientId']
        self.client_secret = given['clientSecret']
        self.username = given['username']
        self.password = given['password']
        self.security_token = given['securityToken']

    def session(self):
        session = requests.Session()
        session.trust_env = False
        session.mount('https://', ToSimulator(self.url))
        return session

    def client(self, **changed):
        """Logged in with the client-credentials flow, unless told otherwise."""
        given = {'consumer_key': self.client_id, 'consumer_secret': self.client_secret, 'domain': 'demo.my', 'version': '64.0'}
        return Salesforce(session=self.session(), **{**given, **changed})
