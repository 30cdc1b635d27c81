// SPDX-License-Identifier: GPL-2.0

//! Values of settings, as text.

use kernel::{
    clk::Hertz,
    fmt,
    page::PAGE_SIZE,
    prelude::*,
    spi::{
        Lines,
        Mode,
        Modes, //
    },
    str::{
        kstrtobool_bytes,
        Formatter, //
    }, //
};

/// A value that can be read from text and shown as such.
pub(crate) trait Setting: Sized {
    /// Reads a value; `text` has no space around it.
    ///
    /// # Errors
    ///
    /// `EINVAL` if it is not one, `ENOMEM` if there is no memory.
    fn parse(text: &str) -> Result<Self>;

    /// Shows the value.
    fn show(&self, f: &mut Formatter<'_>) -> fmt::Result;
}

/// Reads what was written to an attribute.
pub(crate) fn parse<T: Setting>(page: &[u8]) -> Result<T> {
    T::parse(core::str::from_utf8(page).map_err(|_| EINVAL)?.trim())
}

/// Shows a value to who reads an attribute.
pub(crate) fn show<T: Setting>(value: &T, page: &mut [u8; PAGE_SIZE]) -> Result<usize> {
    use fmt::Write;

    let mut f = Formatter::new(page);
    value.show(&mut f)?;
    f.write_str("\n")?;
    Ok(f.bytes_written())
}

macro_rules! number_setting {
    ($($type:ty),*) => {
        $(
            impl Setting for $type {
                fn parse(text: &str) -> Result<Self> {
                    text.parse().map_err(|_| EINVAL)
                }

                fn show(&self, f: &mut Formatter<'_>) -> fmt::Result {
                    use fmt::Write;

                    write!(f, "{self}")
                }
            }
        )*
    };
}

number_setting!(u8, u16, u32, usize);

impl Setting for bool {
    fn parse(text: &str) -> Result<Self> {
        kstrtobool_bytes(text.as_bytes())
    }

    fn show(&self, f: &mut Formatter<'_>) -> fmt::Result {
        u8::from(*self).show(f)
    }
}

impl Setting for Hertz {
    fn parse(text: &str) -> Result<Self> {
        u32::parse(text)?.try_into().map(Self).map_err(|_| EINVAL)
    }

    fn show(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.as_hz().show(f)
    }
}

/// A value that is chosen by itself if nobody sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Auto<T>(pub(crate) Option<T>);

impl<T: Copy> Auto<T> {
    /// Returns the value that was set, or another one.
    pub(crate) fn get(self, default: T) -> T {
        self.0.unwrap_or(default)
    }
}

impl<T: Setting> Setting for Auto<T> {
    fn parse(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self(None)),
            text => T::parse(text).map(|value| Self(Some(value))),
        }
    }

    fn show(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.show(f),
            None => fmt::Write::write_str(f, "auto"),
        }
    }
}

/// Text of any kind.
#[derive(Default)]
pub(crate) struct Text(KVec<u8>);

impl Text {
    /// Returns the text.
    pub(crate) fn as_str(&self) -> Result<&str> {
        core::str::from_utf8(&self.0).map_err(|_| EINVAL)
    }

    /// Returns whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Setting for Text {
    fn parse(text: &str) -> Result<Self> {
        let mut bytes = KVec::new();

        bytes.extend_from_slice(text.as_bytes(), GFP_KERNEL)?;
        Ok(Self(bytes))
    }

    fn show(&self, f: &mut Formatter<'_>) -> fmt::Result {
        fmt::Write::write_str(f, self.as_str().unwrap_or(""))
    }
}

/// Implements [`Setting`] for a type by names of its values.
macro_rules! named_setting {
    ($type:ty, $($name:literal => $value:expr),* $(,)?) => {
        impl $crate::setting::Setting for $type {
            fn parse(text: &str) -> kernel::error::Result<Self> {
                match text {
                    $($name => Ok($value),)*
                    _ => Err(kernel::error::code::EINVAL),
                }
            }

            fn show(&self, f: &mut kernel::str::Formatter<'_>) -> kernel::fmt::Result {
                let name = match self {
                    $(value if *value == $value => $name,)*
                    _ => "",
                };
                kernel::fmt::Write::write_str(f, name)
            }
        }
    };
}
pub(crate) use named_setting;

named_setting!(Lines,
    "1" => Lines::Single,
    "2" => Lines::Dual,
    "4" => Lines::Quad,
    "8" => Lines::Octal,
);

/// The names of modes.
const MODES: [(&str, Mode); 10] = [
    ("cpha", Mode::ClockPhase),
    ("cpol", Mode::ClockPolarity),
    ("cs-high", Mode::ChipSelectHigh),
    ("lsb-first", Mode::LsbFirst),
    ("3wire", Mode::ThreeWire),
    ("loop", Mode::Loop),
    ("no-cs", Mode::NoChipSelect),
    ("ready", Mode::Ready),
    ("no-tx", Mode::NoTx),
    ("no-rx", Mode::NoRx),
];

impl Setting for Modes {
    fn parse(text: &str) -> Result<Self> {
        let mut modes = Self::empty();

        for word in text.split_whitespace() {
            let (_, mode) = MODES.iter().find(|(name, _)| *name == word).ok_or(EINVAL)?;
            modes |= *mode;
        }
        Ok(modes)
    }

    fn show(&self, f: &mut Formatter<'_>) -> fmt::Result {
        use fmt::Write;

        let mut separator = "";
        for (name, _) in MODES.iter().filter(|(_, mode)| self.contains(*mode)) {
            write!(f, "{separator}{name}")?;
            separator = " ";
        }
        Ok(())
    }
}
