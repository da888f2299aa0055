package metal_test

import (
	"errors"
	"testing"

	"github.com/cupel-dev/cupel/metal"
	"github.com/cupel-dev/cupel/metal/workload"
)

// Every kernel on this machine's GPU, against the float64 reference. Run it
// under MTL_DEBUG_LAYER=1 and MTL_SHADER_VALIDATION=1 as well.
func TestSystemDeviceMatchesTheFloat64Reference(t *testing.T) {
	device, err := metal.Open()
	if errors.Is(err, metal.ErrNoDevice) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := device.Close(); err != nil {
			t.Error(err)
		}
	}()
	t.Logf("%+v", device.Info())
	for _, w := range workload.All() {
		if err := w.Prove(t.Context(), device, metal.OpsFor(device.Info())); err != nil {
			t.Error(err)
		}
	}
}
