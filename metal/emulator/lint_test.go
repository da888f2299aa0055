package emulator_test

import (
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/metal"
	"github.com/cupel-dev/cupel/metal/emulator"
)

func TestKernelsAreMetal(t *testing.T) {
	for _, f := range emulator.Lint(sources(t)) {
		t.Error(f)
	}
}

func TestLint(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"float f(float x) { return x * 0.5f + 1e-3f + .5f + 2.f; } uint u = 15; size_t s = a[1].x;", ""},
		{"// a double and goto in a comment\n/* NAN */ int x;", ""},
		{"#include <metal_stdlib>\n", ""},
		{"float x = 1.0;", "k.metal:1:11: a number without f"},
		{"float x = 1e-5;", "k.metal:1:11: a number without f"},
		{"\n  double x;", "k.metal:2:3: Metal has no double"},
		{"goto end;", "goto"},
		{"try { f(); }", "exceptions"},
		{"struct S { virtual void f(); };", "virtual"},
		{"float* p = new float[4];", "heap"},
		{"static float x;", "static"},
		{"std::max(a, b);", "metal::"},
		{"auto f = [](float x) { return x; };", "lambda"},
		{"#include <cmath>", "metal_stdlib"},
		{"#include \"mine.h\"", "metal_stdlib"},
		{"float m = -INFINITY;", "FLT_MAX"},
		{"if (isnan(x)) {}", "FLT_MAX"},
		{"threadgroup float part[32];", "arguments"},
		{"inline float f(float x)\n{\n    return x > 0.0f ? f(x - 1.0f) : x;\n}", "k.metal:1:14: Metal has no recursion: f"},
		{"float g(float x) { return h(x); }\nfloat h(float x) { return g(x); }", "recursion: g"},
		{"float g(float x) { return h(x); }\nfloat f(float x) { return g(x) + g(x); }", ""},
	} {
		t.Run(c.source, func(t *testing.T) {
			findings := emulator.Lint([]metal.SourceFile{{Name: "k.metal", Text: c.source}})
			if c.want == "" && len(findings) > 0 {
				t.Errorf("found %v in valid source", findings)
			}
			if c.want != "" && (len(findings) == 0 || !strings.Contains(findings[0].String(), c.want)) {
				t.Errorf("got %v, want %q", findings, c.want)
			}
		})
	}
}

func FuzzLint(f *testing.F) {
	f.Add("kernel void f(device float* x [[buffer(0)]]) { x[0] = 1.0; }")
	f.Add("inline float f(float x) { return f(x); } }}} {{{ /* // ")
	f.Fuzz(func(t *testing.T, text string) {
		for _, finding := range emulator.Lint([]metal.SourceFile{{Name: "f", Text: text}}) {
			if finding.Line < 1 || finding.Line > strings.Count(text, "\n")+1 || finding.Column < 1 {
				t.Errorf("a finding outside the text: %v", finding)
			}
		}
	})
}
