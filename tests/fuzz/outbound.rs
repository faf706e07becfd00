//! Templates, names, origins and requests that secrets of other services meet. What is put
//! in is printable, goes where it belongs, and comes from the template and the set alone.

use http::Request;
use http::header::HOST;
use portcullis::Timestamp;
use portcullis::outbound::{Origin, OutboundHeader, OutboundSecret, OutboundSecrets};
use portcullis::sign::RequestSigner;

/// Four lines: an origin, a template, the target of a request, and its `Host`, if that is not
/// empty. Says whether the secret went out.
pub fn outbound(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut lines = text.splitn(4, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (origin, template, target, host) = (next(), next(), next(), next());
    let Ok(origin) = origin.parse::<Origin>() else { return false };
    assert_eq!(origin.to_string().parse(), Ok(origin.clone()), "an origin is read as it is written");

    let secrets = OutboundSecrets::new();
    for (name, value) in [("a", "<one>"), ("b.c", "${a}")] {
        secrets.put(OutboundSecret::new(name.parse().expect("a name"), value.into()).expect("a secret"));
    }
    let Ok(header) = OutboundHeader::authorization(secrets, origin.clone(), template) else { return false };
    let request = Request::get(target);
    let request = if host.is_empty() { request } else { request.header(HOST, host) };
    let Ok(request) = request.body(()) else { return false };
    let (mut head, ()) = request.into_parts();
    let (uri, before) = (head.uri.clone(), head.headers.clone());
    if header.sign_request(&mut head, b"", Timestamp::from_unix_seconds(0)).is_err() {
        assert_eq!((&head.uri, &head.headers), (&uri, &before), "after an error the request is as it was");
        return false;
    }
    let scheme = uri.scheme_str().expect("a scheme");
    let authority = uri.authority().expect("an authority");
    let port = authority.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    let goes_to = format!("{scheme}://{}:{port}", authority.host().to_ascii_lowercase());
    assert_eq!(goes_to, origin.to_string(), "the secret goes elsewhere");
    let expected = template.replace("${a}", "<one>").replace("${b.c}", "${a}");
    // Where the first replacing made a name of what stood around it, order matters: none can.
    assert_eq!(head.headers["authorization"].as_bytes(), expected.as_bytes());
    true
}
