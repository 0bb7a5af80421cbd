"""How the engine is reached: plainly on one machine, by TLS where an authority is named, mutually with our own key."""

from temporalio.service import TLSConfig

from services.settings import Settings


def tls(own: Settings) -> TLSConfig | bool:
    """What a client of the engine is given; False = no TLS."""
    if own.temporal_tls_ca is None:
        return False
    cert, key = own.temporal_tls_cert, own.temporal_tls_key
    return TLSConfig(
        server_root_ca_cert=own.temporal_tls_ca.read_bytes(),
        client_cert=cert.read_bytes() if cert else None,
        client_private_key=key.read_bytes() if key else None,
    )
