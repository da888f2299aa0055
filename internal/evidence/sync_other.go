//go:build !unix

package evidence

// syncDir does nothing: directories cannot be synced here.
func syncDir(string) error { return nil }
