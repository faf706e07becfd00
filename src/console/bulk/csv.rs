//! The result of a job, as a file of comma-separated values (RFC 4180).

use zeroize::Zeroizing;

use crate::store::SiteKey;

/// What a spreadsheet takes for the beginning of a formula, and the apostrophe that says it is none.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\'', '＝', '＋', '－', '＠'];

/// A line for each key, below the names of the columns: `site`, `key_id` and `secret`.
///
/// A cell that a spreadsheet would take for a formula begins with an apostrophe, and so does one
/// that begins with an apostrophe itself: a program that reads the file takes one leading
/// apostrophe away. The text is wiped when it is dropped.
pub(super) fn table(keys: &[SiteKey]) -> Zeroizing<Vec<u8>> {
    const HEAD: &str = "site,key_id,secret\r\n";
    // Enough for all: a text that grows leaves copies behind.
    let longest = |text: &[u8]| text.len().saturating_mul(2).saturating_add(4);
    let lengths = keys.iter().map(|made| {
        longest(made.site.as_str().as_bytes())
            .saturating_add(longest(made.key.id.as_str().as_bytes()))
            .saturating_add(longest(made.key.secret.expose()))
    });
    let mut out = Zeroizing::new(Vec::with_capacity(lengths.fold(HEAD.len(), usize::saturating_add)));
    out.extend_from_slice(HEAD.as_bytes());
    for made in keys {
        cell(&mut out, made.site.as_str());
        out.push(b',');
        cell(&mut out, made.key.id.as_str());
        out.push(b',');
        cell(&mut out, made.key.secret.expose_text().unwrap_or_default());
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn cell(out: &mut Vec<u8>, text: &str) {
    let is_plain = !text.contains([',', '"', '\r', '\n']) && text.trim() == text;
    let quote: &[u8] = if is_plain { b"" } else { b"\"" };
    out.extend_from_slice(quote);
    if text.starts_with(FORMULA) {
        out.push(b'\'');
    }
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.extend_from_slice(quote);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;
    use crate::store::IssuedKey;

    fn of(cells: &[[&str; 3]]) -> String {
        let key = |[site, id, secret]: &[&str; 3]| SiteKey {
            site: (*site).into(),
            key: IssuedKey::new((*id).into(), Secret::from(*secret)),
        };
        let keys: Vec<_> = cells.iter().map(key).collect();
        let text = table(&keys);
        assert!(text.len() <= text.capacity());
        String::from_utf8(text.to_vec()).expect("text")
    }

    #[test]
    fn a_key_is_a_line_below_the_names_of_the_columns() {
        assert_eq!(of(&[]), "site,key_id,secret\r\n");
        let lines = of(&[["shop", "k1", "s1"], ["blog", "k2", "s2"]]);
        assert_eq!(lines, "site,key_id,secret\r\nshop,k1,s1\r\nblog,k2,s2\r\n");
    }

    #[test]
    fn what_would_end_a_cell_is_quoted() {
        let lines = of(&[["a,b", "a\"b", " a"], ["a\nb", "a\rb", "a'b"]]);
        assert_eq!(
            lines.split_once("\r\n").expect("a head").1,
            "\"a,b\",\"a\"\"b\",\" a\"\r\n\"a\nb\",\"a\rb\",a'b\r\n"
        );
    }

    #[test]
    fn no_cell_is_a_formula_and_an_apostrophe_can_be_told_from_ours() {
        let lines = of(&[["=1+1", "+a", "-a"], ["@a", "'a", "＝a"], ["=\"a\"", "a=", "\ta"]]);
        let rest = lines.split_once("\r\n").expect("a head").1;
        assert_eq!(rest, "'=1+1,'+a,'-a\r\n'@a,''a,'＝a\r\n\"'=\"\"a\"\"\",a=,\"'\ta\"\r\n");
    }

    #[test]
    fn the_text_never_grows_beyond_what_was_set_aside() {
        let worst = "\"".repeat(50);
        let keys = [["=\"\"", worst.as_str(), worst.as_str()]; 20];
        let made: Vec<_> = keys
            .iter()
            .map(|[site, id, secret]| SiteKey {
                site: (*site).into(),
                key: IssuedKey::new((*id).into(), Secret::from(*secret)),
            })
            .collect();
        let lengths = 18 + 20 * ((3 * 2 + 4) + 2 * (50 * 2 + 4));
        assert!(table(&made).len() <= lengths);
    }
}
