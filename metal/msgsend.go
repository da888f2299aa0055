//go:build darwin || linux

package metal

import "github.com/ebitengine/purego"

// A msgSend is objc_msgSend in the three shapes that Metal needs, each bound
// once: binding costs more than a hundred calls.
type msgSend struct {
	address uintptr
	float   func(id, selector) float64
	sizes   func(id, selector, Size, Size)
}

func bindMsgSend(address uintptr) msgSend {
	m := msgSend{address: address}
	purego.RegisterFunc(&m.float, address)
	purego.RegisterFunc(&m.sizes, address)
	return m
}

func (m msgSend) send(to id, s selector, args ...uintptr) uintptr {
	all := make([]uintptr, 0, 8)
	all = append(append(all, uintptr(to), uintptr(s)), args...)
	r, _, _ := purego.SyscallN(m.address, all...)
	return r
}

func (m msgSend) sendFloat(to id, s selector) float64 { return m.float(to, s) }

func (m msgSend) sendSizes(to id, s selector, groups, threads Size) { m.sizes(to, s, groups, threads) }
