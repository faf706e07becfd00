//! Many short pieces as few long ones.

/// As long as most of what is signed.
const ROOM: usize = 512;

/// Collects short pieces before they are passed on: a hash takes one long piece in less time
/// than thirty short ones.
pub(crate) struct Gathered<F: FnMut(&[u8])> {
    held: [u8; ROOM],
    length: usize,
    sink: F,
}

impl<F: FnMut(&[u8])> Gathered<F> {
    pub(crate) const fn new(sink: F) -> Self {
        Self { held: [0; ROOM], length: 0, sink }
    }

    /// Takes one more piece.
    #[inline]
    pub(crate) fn push(&mut self, piece: &[u8]) {
        let end = self.length + piece.len();
        if let Some(place) = self.held.get_mut(self.length..end) {
            place.copy_from_slice(piece);
            self.length = end;
            return;
        }
        self.pass_on();
        match self.held.get_mut(..piece.len()) {
            Some(place) => {
                place.copy_from_slice(piece);
                self.length = piece.len();
            }
            None => (self.sink)(piece),
        }
    }

    /// Passes on what is left.
    pub(crate) fn finish(mut self) {
        self.pass_on();
    }

    fn pass_on(&mut self) {
        (self.sink)(self.held.get(..self.length).unwrap_or_default());
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_pieces_the_bytes_stay_in_order() {
        for lengths in [
            &[][..],
            &[0, 1, 0],
            &[1; 3000],
            &[ROOM],
            &[ROOM + 1],
            &[ROOM, 1],
            &[1, ROOM],
            &[1, ROOM + 1, 1],
            &[ROOM - 1, 1, 1],
            &[700, 700, 700],
        ] {
            let mut number = 0_u8;
            let (mut all, mut seen) = (Vec::new(), Vec::new());
            let mut gathered = Gathered::new(|piece: &[u8]| seen.extend_from_slice(piece));
            for length in lengths {
                let piece: Vec<u8> = (0..*length)
                    .map(|_| {
                        number = number.wrapping_add(1);
                        number
                    })
                    .collect();
                gathered.push(&piece);
                all.extend_from_slice(&piece);
            }
            gathered.finish();
            assert_eq!(seen, all, "{lengths:?}");
        }
    }
}
