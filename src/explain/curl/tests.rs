use super::*;

fn dump(request: &ExplainedRequest) -> String {
    let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    let mut text = format!("{} {}{query}\n", request.method, request.path);
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {}\n", String::from_utf8_lossy(value)));
    }
    format!("{text}\n{}", String::from_utf8_lossy(&request.body))
}

fn sent(line: &str) -> String {
    dump(&parse(line.as_bytes()).expect(line))
}

fn refused(line: &str) -> String {
    parse(line.as_bytes()).expect_err(line).to_string()
}

/// What curl 7.88 sends for each, but for its `User-Agent` and the order.
#[test]
fn a_line_is_the_request_that_curl_sends() {
    let form = "content-type: application/x-www-form-urlencoded\n";
    let host = "host: a.example\n";
    for (line, expected) in [
        ("curl https://a.example", format!("GET /\n{host}accept: */*\n\n")),
        (
            "curl -sSL -XPUT --url https://a.example/b -d x=1 --data-raw @y",
            format!("PUT /b\n{host}accept: */*\ncontent-length: 6\n{form}\nx=1&@y"),
        ),
        (
            "curl a.example/b?z=1 -G -d x=1 --data-urlencode 'q=a b+c&d~\u{e9}'",
            format!("GET /b?z=1&x=1&q=a+b%2Bc%26d~%C3%A9\n{host}accept: */*\n\n"),
        ),
        ("curl -I a.example?a=b -G -d x", format!("HEAD /?a=b&x\n{host}accept: */*\n\n")),
        (
            "curl a.example/a --json '{\"a\":1}' --json '{}' -H 'X-A:  v  '",
            format!(
                "POST /a\n{host}accept: application/json\ncontent-length: 9\ncontent-type: application/json\n\
                 x-a: v\n\n{{\"a\":1}}{{}}"
            ),
        ),
        (
            "curl a.example -u ada:se:cret -A me -e 'r;auto' -b a=1 -b c=2 --compressed",
            format!(
                "GET /\n{host}authorization: Basic YWRhOnNlOmNyZXQ=\nuser-agent: me\naccept: */*\n\
                 accept-encoding: deflate, gzip, br, zstd\nreferer: r\ncookie: a=1;c=2\n\n"
            ),
        ),
        (
            "curl http://bob:p%40w@a.example/ -A ''",
            format!("GET /\n{host}authorization: Basic Ym9iOnBAdw==\naccept: */*\n\n"),
        ),
        (
            "curl a.example -u ada:x -H 'Authorization: Bearer t' -b k=v -H 'Cookie: z=1' -H 'Host: other'",
            "GET /\naccept: */*\nauthorization: Bearer t\ncookie: z=1\nhost: other\n\n".to_owned(),
        ),
        (
            "curl a.example -H Accept: -H 'X-Empty;' -H Content-Type: -d x",
            format!("POST /\n{host}content-length: 1\nx-empty: \n\nx"),
        ),
        ("curl a.example -d ''", format!("POST /\n{host}accept: */*\ncontent-length: 0\n{form}\n")),
        ("curl a.example -X POST", format!("POST /\n{host}accept: */*\n\n")),
        (
            "curl a.example --data-urlencode '=a b' --data-urlencode 'p q'",
            format!("POST /\n{host}accept: */*\ncontent-length: 7\n{form}\na+b&p+q"),
        ),
        ("curl a.example --url-query 'x=1 2' --oauth2-bearer tok -- --odd", String::new()),
        (
            "curl --url-query 'x=1 2' --oauth2-bearer tok -- a.example",
            format!("GET /?x=1+2\n{host}authorization: Bearer tok\naccept: */*\n\n"),
        ),
    ] {
        if expected.is_empty() {
            assert_eq!(refused(line), "option --url of the curl line: there is more than one URL");
            continue;
        }
        assert_eq!(sent(line), expected, "{line}");
    }
}

#[test]
fn a_line_may_stand_as_it_was_copied() {
    let plain = sent("curl -H 'X-A: 1' -d '{}' https://a.example/b");
    for line in [
        "\n  $ curl \\\n  -H \"X-A: 1\" \\\n  -d $'{}' \\\n  https://a.example/b\n\n",
        "/usr/bin/curl -k -s -v -i -o out.json -w '%{http_code}' -H 'X-A: 1' --data '{}' https://a.example/b | jq .",
        "curl\t--max-time 5 --request POST --header X-A:\\ 1 --data-binary {} https://a.example:443/b # try it",
        "curl.exe 'https://a.example/b' \\\r\n -H 'X-A: 1' \\\r\n -d '{}'\r\n",
    ] {
        assert!(is_curl(line.as_bytes()), "{line}");
        assert_eq!(sent(line), plain, "{line}");
    }
    for text in ["", "curly https://a.example", "GET /curl HTTP/1.1\n\n", "echo curl a"] {
        assert!(!is_curl(text.as_bytes()), "{text}");
    }
}

#[test]
fn what_cannot_be_explained_is_refused_by_the_name_of_its_option() {
    for (line, said) in [
        ("curl", "the curl line: there is no URL"),
        ("curl a b", "option --url of the curl line: there is more than one URL"),
        ("curl a -F s3cret=@b", "option -F of the curl line: curl makes up the boundary"),
        ("curl a --form-string s3cret=1", "option --form-string of the curl line: curl makes up"),
        (
            "curl a --aws-sigv4 aws:amz -u AK:s3cret",
            "option --aws-sigv4 of the curl line: curl signs when it runs",
        ),
        ("curl a -d @s3cret", "option -d of the curl line: it names a file"),
        ("curl a --data-binary @s3cret", "option --data-binary of the curl line: it names a file"),
        ("curl a --json @s3cret", "option --json of the curl line: it names a file"),
        ("curl a --data-urlencode n@s3cret", "option --data-urlencode of the curl line: it names a file"),
        ("curl a -H @s3cret", "option -H of the curl line: it names a file"),
        ("curl a -b s3cret", "option -b of the curl line: it names a file"),
        ("curl a -T s3cret", "option -T of the curl line: it reads a file"),
        ("curl a -K s3cret", "option -K of the curl line: it reads further options"),
        ("curl a --next b", "option --next of the curl line: it makes several requests"),
        ("curl a -u s3cret", "option -u of the curl line: curl would ask"),
        ("curl a --digest -u a:s3cret", "option --digest of the curl line: it talks"),
        ("curl a --s3cr3t-option", "option --s3cr3t-option of the curl line: it is not known here"),
        ("curl a --user=ada:s3cret", "option --user of the curl line: it is not known here"),
        ("curl a -svQ s3cret", "option -Q of the curl line: it is not known here"),
        ("curl a -H", "option -H of the curl line: its value is missing"),
        ("curl a -sH", "option -H of the curl line: its value is missing"),
        ("curl a -H s3cret", "option -H of the curl line: a header has a name"),
        ("curl a -H 's3cret x: 1'", "option -H of the curl line: the name of a header is a word"),
        ("curl a -H $'X: a\\ns3cret: b'", "option -H of the curl line: the value of a header has a line end"),
        ("curl a -A $'s3cret\\r'", "the curl line: what goes into a header has a line end"),
        ("curl a -I -d s3cret", "option -I of the curl line: a HEAD has no data"),
        ("curl a -X 's3cret x'", "option -X of the curl line: a method is a word"),
        ("curl a -G -d 's3cret x'", "the curl line: what goes into the query"),
        ("curl ftp://s3cret", "the curl line: the URL is not one of http"),
        ("curl a -H \"X-API-Key: $s3cret\"", "line 1, column 23 of the curl line: the shell would replace"),
        (" $ curl a\\\n?b&s3cret", "line 2, column 3 of the curl line: an & outside of quotes"),
    ] {
        let text = refused(line);
        assert!(text.starts_with(said), "{line}: {text}");
        assert!(!text.contains("s3cret"), "{line}: {text}");
    }
    let many: String = (0..257).map(|number| format!(" -H 'X-{number}: 1'")).collect();
    assert!(refused(&format!("curl a{many}")).contains("at most 256 headers"));
}
