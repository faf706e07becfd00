//! Cyclic redundancy checks of up to 64 bits that are read from the lowest bit on.

/// One such check, eight bytes at a time: table `n` has what a byte is worth with `n` bytes behind
/// it.
pub(super) struct Crc {
    tables: [[u64; 256]; 8],
    ones: u64,
}

/// CRC-32C (RFC 3720, appendix B.4).
pub(super) static CRC_32C: Crc = Crc::new(0x82f6_3b78, u32::MAX as u64);

/// CRC-64/NVME (NVM Command Set Specification 1.0, section 5.2.1.3.4).
pub(super) static CRC_64_NVME: Crc = Crc::new(0x9a6c_9329_ac4b_c9b5, u64::MAX);

impl Crc {
    /// Of a polynomial in reversed order, which begins and ends with these ones.
    #[expect(clippy::indexing_slicing, reason = "it runs in the compiler, where a wrong place is an error")]
    const fn new(polynomial: u64, ones: u64) -> Self {
        let mut tables = [[0; 256]; 8];
        let mut byte = 0;
        while byte < 256 {
            let mut value = byte as u64;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { value >> 1 ^ polynomial } else { value >> 1 };
                bit += 1;
            }
            tables[0][byte] = value;
            byte += 1;
        }
        let mut table = 1;
        while table < 8 {
            let mut byte = 0;
            while byte < 256 {
                let before: u64 = tables[table - 1][byte];
                tables[table][byte] = tables[0][(before & 255) as usize] ^ before >> 8;
                byte += 1;
            }
            table += 1;
        }
        Self { tables, ones }
    }

    /// What a check begins with.
    pub(super) const fn start(&self) -> u64 {
        self.ones
    }

    /// A check that came this far, with these bytes behind.
    pub(super) fn update(&self, mut check: u64, bytes: &[u8]) -> u64 {
        let worth = |table: &[u64; 256], byte: u8| table.get(usize::from(byte)).copied().unwrap_or_default();
        let [last, ..] = &self.tables;
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            let word = check ^ u64::from_le_bytes(*word);
            let worths = self.tables.iter().rev().zip(word.to_le_bytes());
            check = worths.fold(0, |check, (table, byte)| check ^ worth(table, byte));
        }
        for byte in rest {
            let [low, ..] = check.to_le_bytes();
            check = worth(last, low ^ byte) ^ check >> 8;
        }
        check
    }

    /// What a check ends with.
    pub(super) const fn finish(&self, check: u64) -> u64 {
        check ^ self.ones
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(crc: &Crc, bytes: &[u8]) -> u64 {
        crc.finish(crc.update(crc.start(), bytes))
    }

    #[test]
    fn the_published_checks_come_out() {
        assert_eq!(of(&CRC_32C, b"123456789"), 0xe306_9283);
        assert_eq!(of(&CRC_64_NVME, b"123456789"), 0xae8b_1486_0a79_9888);
        // RFC 3720, appendix B.4.
        assert_eq!(of(&CRC_32C, &[0; 32]), 0x8a91_36aa);
        assert_eq!(of(&CRC_32C, &[0xff; 32]), 0x62a8_ab43);
        assert_eq!((of(&CRC_32C, b""), of(&CRC_64_NVME, b"")), (0, 0));
    }

    #[test]
    fn a_known_check_comes_out_of_the_same_tables() {
        let crc_32 = Crc::new(0xedb8_8320, u32::MAX as u64);
        let bytes: Vec<u8> = (0..1000_u32).map(|place| (place * place >> 3) as u8).collect();
        for length in [0, 1, 7, 8, 9, 63, 1000] {
            assert_eq!(of(&crc_32, &bytes[..length]), u64::from(crc32fast::hash(&bytes[..length])));
        }
    }

    #[test]
    fn it_is_the_same_in_any_pieces() {
        let bytes: Vec<u8> = (0..100).collect();
        for cut in 0..100 {
            let (front, back) = bytes.split_at(cut);
            let check = CRC_64_NVME.update(CRC_64_NVME.update(CRC_64_NVME.start(), front), back);
            assert_eq!(CRC_64_NVME.finish(check), of(&CRC_64_NVME, &bytes));
        }
    }
}
