package images

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// addRust adds the toolchain that is active here, and what rustc links with.
func addRust(ctx context.Context, t *tree) error {
	root, err := answer(ctx, "rustc", "--print", "sysroot")
	if err != nil {
		return err
	}
	if err := t.toolchain(root); err != nil {
		return err
	}
	return addLinker(ctx, t)
}

// toolchain adds a Rust toolchain without its documentation.
func (t *tree) toolchain(root string) error {
	t.directory("/usr/local/cargo/registry", 0o755)
	if err := t.directoryAs(root, "/usr/local/rust", "share", "etc"); err != nil {
		return err
	}
	for _, name := range []string{"cargo", "rustc", "rustdoc", "rustfmt", "cargo-fmt", "cargo-clippy", "clippy-driver"} {
		if exists(filepath.Join(root, "bin", name)) {
			t.put("/usr/local/bin/"+name, entry{mode: fs.ModeSymlink | 0o777, text: "/usr/local/rust/bin/" + name})
		}
	}
	return nil
}

// objects are what a C compiler links into every program, and the libraries
// that Rust's standard library asks for.
var objects = []string{
	"crt1.o", "Scrt1.o", "rcrt1.o", "crti.o", "crtn.o", "libc.so", "libc_nonshared.a", "libm.so", "libmvec.so.1",
	"libgcc_s.so.1", "libutil.a", "librt.a", "libpthread.a", "libdl.a",
}

// addLinker adds gcc as far as it links: the driver, its own directory, as and
// ld, and the objects of the C library. It compiles no C: there are no headers.
func addLinker(ctx context.Context, t *tree) error {
	for _, name := range []string{"gcc", "cc", "as", "ld", "ar"} {
		if err := addProgram(t, name); err != nil {
			return err
		}
	}
	own, err := answer(ctx, "gcc", "-print-libgcc-file-name")
	if err != nil {
		return err
	}
	compilers := []string{"cc1", "cc1plus", "cc1obj", "f951", "lto1", "include", "plugin"}
	if err := t.directoryAs(filepath.Dir(own), filepath.Dir(own), compilers...); err != nil {
		return err
	}
	for _, name := range []string{"collect2", "liblto_plugin.so"} {
		if err := t.compilerFile(ctx, "-print-prog-name="+name, "-print-file-name="+name); err != nil {
			return err
		}
	}
	for _, name := range objects {
		if err := t.compilerFile(ctx, "-print-file-name="+name); err != nil {
			return err
		}
	}
	return nil
}

// compilerFile adds the file that gcc names, where it knows one.
func (t *tree) compilerFile(ctx context.Context, questions ...string) error {
	var errs []error
	for _, question := range questions {
		file, err := answer(ctx, "gcc", question)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if strings.HasPrefix(file, "/") && exists(file) {
			return t.host(path.Clean(file))
		}
	}
	return errors.Join(errs...)
}
