"""Checks of a server's certificate: signed by a trusted authority, valid today, and for the typed name.

Needs the extra ``tls``; :mod:`dcc.client.endpoint` imports this module only for TLS.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from OpenSSL.crypto import X509
from OpenSSL.SSL import VERIFY_PEER, Connection, X509VerificationCodes
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import verify_certificate_hostname, verify_certificate_ip_address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import Certificate, optionsForClientTLS, platformTrust, trustRootFromCertificates
from twisted.python.failure import Failure
from zope.interface import implementer

from dcc.errors import ServerUnavailable
from dcc.language import _
from dcc.wording import clip

_NAMES_SHOWN = 3
"""Names of a certificate in an error: a certificate may have hundreds."""

_NOBODY_KNOWN = (
    X509VerificationCodes.ERR_UNABLE_TO_GET_ISSUER_CERT,
    X509VerificationCodes.ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
    X509VerificationCodes.ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
    X509VerificationCodes.ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
    X509VerificationCodes.ERR_SELF_SIGNED_CERT_IN_CHAIN,
    X509VerificationCodes.ERR_CERT_UNTRUSTED,
)


Trust = Any
"""Trusted authorities: Twisted's ``IOpenSSLTrustRoot``, which has no public name."""


def system_trust() -> Trust:
    """Trust the authorities of this machine."""
    return platformTrust()


def trust_in(pem: bytes) -> Trust:
    """Trust the owners of these certificates, and nobody else.

    :raises ValueError: there is no certificate, or a certificate cannot be read.
    """
    certificates = x509.load_pem_x509_certificates(pem)
    return trustRootFromCertificates([Certificate(X509.from_cryptography(one)) for one in certificates])


@implementer(IOpenSSLClientConnectionCreator)
class CheckedConnections:
    """Connections to a host. Twisted's own, except that a refused certificate comes with a reason."""

    def __init__(self, host: str, trust: Trust) -> None:
        """
        :param host: a name or an IP address, which the certificate has to be for.
        :raises ValueError: no certificate can be for such a name.
        """
        self._host = host
        self._options = optionsForClientTLS(host, trust)

    def clientConnectionForTLS(self, tlsProtocol: Any) -> Connection:
        """See ``IOpenSSLClientConnectionCreator``."""
        connection: Connection = self._options.clientConnectionForTLS(tlsProtocol)
        # In place of Twisted's check, which hides the reason. All checks are here.
        connection.set_verify(VERIFY_PEER, partial(self._is_fine, tlsProtocol))
        return connection

    def _is_fine(self, protocol: Any, _connection: Connection, given: X509, code: int, depth: int, known: int) -> bool:
        """Check a certificate. OpenSSL calls this for each certificate from the authority's to the server's own
        (depth 0), or with OpenSSL's first fault; nothing is sent to the server before the last call. An exception
        refuses the certificate too.
        """
        certificate = given.to_cryptography()
        if not known:
            why = _why(code, certificate)
        elif depth == 0 and not self._is_for_host(certificate):
            why = _("the certificate is for {names} and not for {host}").format(
                names=_names(certificate), host=self._host
            )
        else:
            return True
        protocol.failVerification(Failure(ServerUnavailable(why)))
        return False

    def _is_for_host(self, certificate: x509.Certificate) -> bool:
        try:
            if _is_address(self._host):
                verify_certificate_ip_address(certificate, self._host)
            else:
                verify_certificate_hostname(certificate, self._host)
        except (VerificationError, CertificateError):
            return False
        return True


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _why(code: int, certificate: x509.Certificate) -> str:
    """Say what is wrong with a certificate, from OpenSSL's code (``x509_vfy.h``)."""
    if code in _NOBODY_KNOWN:
        return _(
            "the certificate is signed by an authority that is not trusted here; --ca FILE trusts its certificates"
        )
    if code == X509VerificationCodes.ERR_CERT_HAS_EXPIRED:
        return _("the certificate has expired, on {date}").format(date=_spell(certificate.not_valid_after_utc))
    if code == X509VerificationCodes.ERR_CERT_NOT_YET_VALID:
        return _("the certificate is not valid before {date}; is the clock of this machine right?").format(
            date=_spell(certificate.not_valid_before_utc)
        )
    return _("the certificate is refused, with OpenSSL's code {code}").format(code=code)


def _spell(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _names(certificate: x509.Certificate) -> str:
    """Return the hosts that a certificate is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return _("nobody")
    every = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    more = ["…"] if len(every) > _NAMES_SHOWN else []
    return ", ".join([*map(clip, every[:_NAMES_SHOWN]), *more]) or _("nobody")
