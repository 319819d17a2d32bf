//! OpenBLAS, if there is one.

use std::ffi::{CStr, c_char, c_int};
use std::sync::LazyLock;

use libloading::Library;

pub(crate) const ROW_MAJOR: c_int = 101;
pub(crate) const AS_IS: c_int = 111;
pub(crate) const TRANSPOSED: c_int = 112;

type Dot = unsafe extern "C" fn(c_int, *const f32, c_int, *const f32, c_int) -> f32;
type MatrixVector = unsafe extern "C" fn(
    c_int,
    c_int,
    c_int,
    c_int,
    f32,
    *const f32,
    c_int,
    *const f32,
    c_int,
    f32,
    *mut f32,
    c_int,
);
type MatrixMatrix = unsafe extern "C" fn(
    c_int,
    c_int,
    c_int,
    c_int,
    c_int,
    c_int,
    f32,
    *const f32,
    c_int,
    *const f32,
    c_int,
    f32,
    *mut f32,
    c_int,
);

pub(crate) struct OpenBlas {
    dot: Dot,
    matrix_vector: MatrixVector,
    matrix_matrix: MatrixMatrix,
    configuration: String,
}

static OPENBLAS: LazyLock<Result<OpenBlas, libloading::Error>> = LazyLock::new(open);

pub(crate) fn openblas() -> Option<&'static OpenBlas> {
    OPENBLAS.as_ref().ok()
}

/// Its name, and its version or why there is none.
pub(crate) fn version() -> (String, String) {
    let version = match &*OPENBLAS {
        Ok(library) => library.configuration.clone(),
        Err(error) => format!("NOT MEASURED: {error}"),
    };
    ("OpenBLAS".to_owned(), version)
}

/// Its functions have names of their own in the packages of Python.
const PREFIXES: [&str; 2] = ["", "scipy_"];

fn open() -> Result<OpenBlas, libloading::Error> {
    let path = std::env::var_os("MYNA_HAL_OPENBLAS").unwrap_or_else(|| "libopenblas.so.0".into());
    // SAFETY: loading OpenBLAS runs its own initialisation; the symbols have the types of its
    // published C header with 32-bit integers; the library is never unloaded.
    unsafe {
        let library: &'static Library = Box::leak(Box::new(Library::new(path)?));
        let prefix = PREFIXES.into_iter().find(|prefix| {
            let name = format!("{prefix}cblas_sdot");
            library.get::<Dot>(name.as_bytes()).is_ok()
        });
        let name = |name: &str| format!("{}{name}", prefix.unwrap_or_default());
        let set_threads = library
            .get::<unsafe extern "C" fn(c_int)>(name("openblas_set_num_threads").as_bytes())?;
        set_threads(1);
        let config = library.get::<unsafe extern "C" fn() -> *const c_char>(
            name("openblas_get_config").as_bytes(),
        )?;
        Ok(OpenBlas {
            dot: *library.get(name("cblas_sdot").as_bytes())?,
            matrix_vector: *library.get(name("cblas_sgemv").as_bytes())?,
            matrix_matrix: *library.get(name("cblas_sgemm").as_bytes())?,
            configuration: CStr::from_ptr(config()).to_string_lossy().into_owned(),
        })
    }
}

impl OpenBlas {
    pub(crate) fn dot(&self, a: &[f32], b: &[f32]) -> f32 {
        let length = a.len().min(b.len()) as c_int;
        // SAFETY: both slices have that many values.
        unsafe { (self.dot)(length, a.as_ptr(), 1, b.as_ptr(), 1) }
    }

    /// Products of every row with `vector`.
    pub(crate) fn rows_by_vector(&self, rows: &[f32], vector: &[f32], out: &mut [f32]) {
        let (n, d) = (out.len() as c_int, vector.len() as c_int);
        assert!(rows.len() >= out.len() * vector.len());
        // SAFETY: `rows` holds n times d values, `out` n.
        unsafe {
            (self.matrix_vector)(
                ROW_MAJOR,
                AS_IS,
                n,
                d,
                1.0,
                rows.as_ptr(),
                d,
                vector.as_ptr(),
                1,
                0.0,
                out.as_mut_ptr(),
                1,
            );
        }
    }

    /// Products of every row with every probe, one row of probes after the other.
    pub(crate) fn rows_by_probes(&self, rows: &[f32], probes: &[f32], d: usize, out: &mut [f32]) {
        let (n, q) = (rows.len() / d, probes.len() / d);
        assert!(out.len() >= n * q);
        // SAFETY: `rows` holds n times d values, `probes` q times d, `out` n times q.
        unsafe {
            (self.matrix_matrix)(
                ROW_MAJOR,
                AS_IS,
                TRANSPOSED,
                n as c_int,
                q as c_int,
                d as c_int,
                1.0,
                rows.as_ptr(),
                d as c_int,
                probes.as_ptr(),
                d as c_int,
                0.0,
                out.as_mut_ptr(),
                q as c_int,
            );
        }
    }
}
