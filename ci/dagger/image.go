package dagger

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"dagger.io/dagger"

	"github.com/cupel-dev/cupel/ci"
)

// base is a container with nothing but the image.
func (e *executor) base(image ci.Image) (*dagger.Container, error) {
	if image.Path == "" {
		return e.from(image.Ref), nil
	}
	e.mu.Lock() // steps that start together need one tarball
	tarball, err := asTarball(image.Path)
	e.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("[ci.images] %s: %w", image.Name, err)
	}
	return e.client.Container().Import(e.client.Host().File(tarball)), nil
}

// from pulls an image. The engine has a network of its own, so that a registry
// on this host is reached through this process.
func (e *executor) from(ref string) *dagger.Container {
	host, port, local := localRegistry(ref)
	if !local {
		return e.client.Container().From(ref)
	}
	return e.client.Container().From(ref, dagger.ContainerFromOpts{RegistryService: e.hostService(host, port)})
}

// localRegistry finds the registry of a reference, where that is on this host.
func localRegistry(ref string) (host string, port int, local bool) {
	registry, _, found := strings.Cut(ref, "/")
	if !found {
		return "", 0, false
	}
	return loopback(registry, 80)
}

// loopback splits an address of this host; otherwise is the port of one that
// names none.
func loopback(address string, otherwise int) (host string, port int, local bool) {
	host, number, err := net.SplitHostPort(address)
	if err != nil {
		host, number = strings.Trim(address, "[]"), strconv.Itoa(otherwise)
	}
	ip := net.ParseIP(host)
	if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", 0, false
	}
	port, err = strconv.Atoi(number)
	return host, port, err == nil
}

// hostAlias is the name under which containers reach this host.
const hostAlias = "cupel-host"

// hostVariables are those whose URLs may lead to this host. Others are left
// alone: a step may start a server of its own.
var hostVariables = map[string]bool{
	"GOPROXY": true, "GOSUMDB": true, "GOVULNDB": true, "CARGO_HTTP_PROXY": true,
	"HTTP_PROXY": true, "HTTPS_PROXY": true, "http_proxy": true, "https_proxy": true,
}

// urls are the URLs of a list, which GOPROXY separates by commas and bars, and
// GOSUMDB by blanks.
var urls = regexp.MustCompile(`https?://[^,|\s]+`)

// viaHost rewrites the URLs of a variable that point to this host, and notes
// their ports: inside a container localhost is the container.
func viaHost(name, value string, ports map[int]bool) string {
	if !hostVariables[name] {
		return value
	}
	return urls.ReplaceAllStringFunc(value, func(word string) string {
		u, err := url.Parse(word)
		if err != nil {
			return word
		}
		otherwise := 80
		if u.Scheme == "https" {
			otherwise = 443
		}
		_, port, local := loopback(u.Host, otherwise)
		if !local {
			return word
		}
		ports[port] = true
		u.Host = net.JoinHostPort(hostAlias, strconv.Itoa(port))
		return u.String()
	})
}

// hostService forwards ports of a container's network to this host.
func (e *executor) hostService(host string, ports ...int) *dagger.Service {
	if strings.Contains(host, ":") { // the engine joins it to a port as it is
		host = "[" + host + "]"
	}
	forwards := make([]dagger.PortForward, len(ports))
	for i, port := range ports {
		forwards[i] = dagger.PortForward{Frontend: port, Backend: port, Protocol: dagger.NetworkProtocolTcp}
	}
	return e.client.Host().Service(forwards, dagger.HostServiceOpts{Host: host})
}

// asTarball is the tarball of an image on disk: itself, or one made of an OCI
// layout, since the engine reads only those. It is kept under a name that
// stands for its contents, so that it is packed and sent once.
func asTarball(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return path, err
	}
	index, err := os.ReadFile(filepath.Join(path, "index.json"))
	if err != nil {
		return "", fmt.Errorf("%s is no OCI layout: %w", path, err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "cupel", "ci", "images")
	to := filepath.Join(dir, fmt.Sprintf("%x.tar", sha256.Sum256(index)))
	if _, err := os.Stat(to); err == nil {
		return to, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return to, packLayout(path, to)
}

// packLayout writes the files of an OCI layout into a tarball, in the order of
// their names, whole or not at all.
func packLayout(dir, to string) error {
	out, err := os.CreateTemp(filepath.Dir(to), "image-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	w := tar.NewWriter(out)
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		return addFile(w, dir, name, d)
	})
	if err := errors.Join(err, w.Close(), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

func addFile(w *tar.Writer, dir, name string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: info.Size(), Format: tar.FormatPAX}); err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
