//! Input that is made up: what is in the corpus, changed in a few places.

/// A generator that is small, fast, and the same for the same seed (xorshift of 64 bits).
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn number(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits")
    }

    fn below(&mut self, end: usize) -> usize {
        self.number() % end.max(1)
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    /// One of the corpus, changed up to six times; now and then nothing but noise.
    pub(crate) fn input(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        if self.below(50) == 0 {
            let length = self.below(200);
            return (0..length).map(|_| self.number() as u8).collect();
        }
        let mut input = corpus[self.below(corpus.len())].clone();
        for _ in 0..self.below(7) {
            self.change(&mut input, corpus);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        let end = (at + 1 + self.below(12)).min(input.len());
        match self.below(9) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = *self.of(&BYTES),
            2 => drop(input.drain(at.min(end)..end)),
            3 => {
                let copy = input[at.min(end)..end].to_vec();
                drop(input.splice(at..at, copy));
            }
            4 => input.truncate(at),
            5 => {
                // The end of another.
                let other = &corpus[self.below(corpus.len())];
                input.truncate(at);
                input.extend_from_slice(&other[self.below(other.len() + 1)..]);
            }
            6 => self.swap_value(input),
            _ => drop(input.splice(at..at, self.of(&WORDS).bytes())),
        }
    }

    /// Another value behind some colon.
    fn swap_value(&mut self, input: &mut Vec<u8>) {
        let colons: Vec<usize> = (0..input.len()).filter(|at| input[*at] == b':').collect();
        if colons.is_empty() {
            return;
        }
        let start = colons[self.below(colons.len())] + 1;
        let rest = input[start..].iter().position(|byte| matches!(byte, b',' | b'}'));
        let end = rest.map_or(input.len(), |length| start + length);
        drop(input.splice(start..end, self.of(&VALUES).bytes()));
    }
}

const BYTES: [&u8; 16] = [
    &b'.', &b'=', &b'"', &b'\\', &b'{', &b'}', &b'[', &b',', &b':', &b'\n', &b'-', &b'_', &b'A', &b'9',
    &b' ', &0,
];

const VALUES: [&str; 24] = [
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "1699999999",
    "1700000000",
    "1700000001",
    "1700000000.0000001",
    "18446744073709551616",
    "\"\"",
    "\"api://default\"",
    "[\"api://default\"]",
    "[]",
    "{}",
    "[1]",
    "\"none\"",
    "\"HS256\"",
    "\"RS256\"",
    "\"Ed25519\"",
    "\"sig\"",
    "[\"verify\"]",
    "\"AQAB\"",
    "\"\\u0041Q\"",
];

const WORDS: [&str; 26] = [
    "\"crit\":[\"exp\"],",
    "\"b64\":false,",
    "\"zip\":\"DEF\",",
    "\"alg\":\"none\",",
    "\"alg\":\"HS256\",",
    "\"kid\":\"a\",",
    "\"jwk\":{},",
    "\"x5c\":1,",
    "\"exp\":1700000600,",
    "\"nbf\":1700000000,",
    "\"aud\":[],",
    "\"iss\":\"https://issuer.example\",",
    "\"scope\":7,",
    "\"\\u0061lg\":\"HS256\",",
    "\"d\":\"AA\",",
    "\"k\":\"AA\",",
    "\"key_ops\":[\"verify\"],",
    "\"use\":\"enc\",",
    "\"kty\":\"RSA\",",
    "\u{feff}",
    "\\ud800",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "{\"keys\":[",
    "]}",
    "..",
    "==",
];
