//! A look into a WebAssembly program: which tables it exports, and setting right what an old `wasm-opt` gets wrong.
//!
//! wasm-bindgen's programs export two tables, of functions and of references to JavaScript's objects. Binaryen 108
//! (Debian 12 has it) writes every exported table as number 0, and such a program does not start.

use anyhow::{Context, Result, bail};

const SECTION_TABLE: u8 = 4;
const SECTION_EXPORT: u8 = 7;
const KIND_TABLE: u8 = 1;

/// A table that is exported.
struct Exported {
    name: Vec<u8>,
    /// Which of the program's tables.
    index: usize,
    /// Where that number is written.
    at: usize,
}

/// Reads numbers and bytes, one after the other.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        let byte = *self.bytes.get(self.at).context("the program ends too early")?;
        self.at += 1;
        Ok(byte)
    }

    /// LEB128, unsigned.
    fn number(&mut self) -> Result<usize> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            value |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        bail!("a number does not end")
    }

    fn take(&mut self, bytes: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(bytes).filter(|end| *end <= self.bytes.len());
        let taken = &self.bytes[self.at..end.context("the program ends too early")?];
        self.at += bytes;
        Ok(taken)
    }
}

/// The element types of all tables (none is imported), and the exported ones.
fn tables(program: &[u8]) -> Result<(Vec<u8>, Vec<Exported>)> {
    if !program.starts_with(b"\0asm\x01\0\0\0") {
        bail!("not a WebAssembly program");
    }
    let mut reader = Reader { bytes: program, at: 8 };
    let (mut types, mut exported) = (Vec::new(), Vec::new());
    while reader.at < program.len() {
        let (section, bytes) = (reader.byte()?, reader.number()?);
        let end = reader.at + bytes;
        if section == SECTION_TABLE {
            for _ in 0..reader.number()? {
                types.push(reader.byte()?);
                let flags = reader.byte()?;
                reader.number()?;
                if flags & 1 == 1 {
                    reader.number()?;
                }
            }
        } else if section == SECTION_EXPORT {
            for _ in 0..reader.number()? {
                let length = reader.number()?;
                let name = reader.take(length)?.to_vec();
                let kind = reader.byte()?;
                let at = reader.at;
                let index = reader.number()?;
                if kind == KIND_TABLE {
                    exported.push(Exported { name, index, at });
                }
            }
        }
        reader.at = end;
    }
    Ok((types, exported))
}

/// Makes the exported tables of a program, as they came out of `wasm-opt`, those that they were `before`.
pub fn repair_tables(before: &[u8], after: &mut [u8]) -> Result<()> {
    let (types_before, wanted) = tables(before)?;
    let (types, found) = tables(after)?;
    for table in wanted {
        let kind = types_before.get(table.index);
        let Some(now) = found.iter().find(|t| t.name == table.name) else { bail!("wasm-opt lost an exported table") };
        if kind.is_some() && types.get(now.index) == kind {
            continue;
        }
        let mut fitting = (0..types.len()).filter(|i| Some(&types[*i]) == kind);
        let (Some(index), None) = (fitting.next(), fitting.next()) else {
            bail!("wasm-opt mixed up the tables; a newer one (binaryen) helps");
        };
        // Both numbers are one byte.
        match u8::try_from(index).ok().filter(|i| *i < 0x80 && after[now.at] < 0x80) {
            Some(index) => after[now.at] = index,
            None => bail!("a program of very many tables"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tables, of functions and of references, the second exported as `e`.
    fn program(index: u8) -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend([0, 3, 1, b'x', 9]);
        bytes.extend([SECTION_TABLE, 8, 2, 0x70, 1, 5, 5, 0x6f, 0, 4]);
        bytes.extend([SECTION_EXPORT, 9, 2, 1, b'f', 0, 0, 1, b'e', KIND_TABLE, index]);
        bytes
    }

    #[test]
    fn a_wrong_table_is_set_right() {
        let mut mixed = program(0);
        repair_tables(&program(1), &mut mixed).unwrap();
        assert_eq!(mixed, program(1));
        repair_tables(&program(1), &mut mixed).unwrap();
        assert_eq!(mixed, program(1));
    }

    #[test]
    fn nonsense_is_an_error() {
        assert!(repair_tables(b"no", &mut program(0)).is_err());
        let whole = program(1);
        for end in 9..whole.len() {
            let _ = tables(&whole[..end]);
        }
        let none = b"\0asm\x01\0\0\0".to_vec();
        assert!(repair_tables(&whole, &mut none.clone()).is_err());
    }
}
