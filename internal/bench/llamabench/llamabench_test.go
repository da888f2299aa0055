package llamabench_test

import (
	"strings"
	"testing"

	"github.com/cupel-dev/cupel/internal/bench"
	"github.com/cupel-dev/cupel/internal/bench/benchtest"
	"github.com/cupel-dev/cupel/internal/bench/llamabench"
)

func describe(t *testing.T, input string) string {
	t.Helper()
	var set bench.Set
	if err := llamabench.Read(strings.NewReader(input), bench.Known{}, &set); err != nil {
		t.Fatal(err)
	}
	return benchtest.Describe(&set)
}

// prompt and generation are tests with the fields of build 9870, made up.
const (
	prompt = `{"build_commit": "abc1234", "build_number": 9870, "cpu_info": "cpu", "gpu_info": "gpu", "backends": "MTL,BLAS",
  "model_filename": "/home/somebody/models/qwen3-4b.gguf", "model_type": "qwen3 4B", "n_threads": 8, "n_gpu_layers": 99,
  "flash_attn": false, "use_mmap": true, "tensor_split": "", "n_prompt": 512, "n_gen": 0, "n_depth": 0,
  "test_time": "2026-01-02T03:04:05Z", "avg_ns": 2000000, "stddev_ns": 1, "avg_ts": 256000.0, "stddev_ts": 1.0,
  "samples_ns": [ 1999000, 2001000 ], "samples_ts": [ 256128.064, 255872.064 ]}`
	generation = `{"build_commit":"abc1234","build_number":9870,"model_filename":"models\\qwen3-4b.gguf","new_setting":{"a":[1]},` +
		`"n_prompt":0,"n_gen":256,"n_depth":512,"samples_ns":[16340718384],"samples_ts":[15.666]}`
)

const promptResults = `pp512 {backends=MTL,BLAS} {model_filename=qwen3-4b.gguf} {model_type=qwen3 4B} {n_gpu_layers=99} {n_prompt=512} {n_threads=8} {use_mmap=true} procs=8 time: 1.999e+06 2.001e+06 ns lower
pp512 {backends=MTL,BLAS} {model_filename=qwen3-4b.gguf} {model_type=qwen3 4B} {n_gpu_layers=99} {n_prompt=512} {n_threads=8} {use_mmap=true} procs=8 throughput: 256128 255872 tok/s higher
`

const generationResults = `tg256@d512 {model_filename=qwen3-4b.gguf} {n_depth=512} {n_gen=256} {new_setting={"a":[1]}} time: 1.63407e+10 ns lower
tg256@d512 {model_filename=qwen3-4b.gguf} {n_depth=512} {n_gen=256} {new_setting={"a":[1]}} throughput: 15.666 tok/s higher
`

func TestRead(t *testing.T) {
	const both = "ok\n" + promptResults + generationResults + "note: llama.cpp abc1234, build 9870\n"
	tests := []struct{ name, input, want string }{
		{
			name:  "samples are values, settings that are on are parameters, folders are not kept",
			input: "[\n" + prompt + ",\n" + generation + "\n]\n",
			want:  both,
		},
		{
			name:  "one object a line, among other lines",
			input: "ggml_init: loaded\n" + strings.ReplaceAll(prompt, "\n", " ") + "\n{\"level\":\"info\"}\n" + generation + "\nbye\n",
			want:  both,
		},
		{
			name: "prompt and generation together, and neither",
			input: `[{"n_prompt":512,"n_gen":128,"n_depth":0,"samples_ns":[5]},` +
				`{"n_prompt":0,"n_gen":0,"samples_ns":[5]}]`,
			want: `ok
pp512+tg128 {n_gen=128} {n_prompt=512} time: 5 ns lower
empty time: 5 ns lower
`,
		},
		{
			name:  "only a mean is no sample; zero and NaN are no times (B06)",
			input: `[{"n_prompt":1,"n_gen":0,"avg_ns":5},{"n_prompt":2,"n_gen":0,"samples_ns":[0]},{"n_prompt":3,"n_gen":0,"samples_ns":[1,NaN,"2"]}]`,
			want: `failed
pp1 {n_prompt=1} time: ns lower error: the report has no samples
pp2 {n_prompt=2} time: ns lower error: measured 0 ns: a time is never zero
pp3 {n_prompt=3} time: 1 ns lower error: measured NaN, which is not a number
failure: pp1 [n_prompt=1]: the report has no samples
failure: pp2 [n_prompt=2]: measured 0 ns: a time is never zero
failure: pp3 [n_prompt=3]: measured NaN, which is not a number
`,
		},
		{
			name:  "CSV has no samples",
			input: "build_commit,build_number,cpu_info\n\"abc1234\",\"9870\",\"cpu\"\n",
			want:  "failed\nfailure: llama-bench printed CSV, which has no samples: run it with -o json or -o jsonl\n",
		},
		{
			name:  "SQL has no samples",
			input: "CREATE TABLE IF NOT EXISTS llama_bench (\n  build_commit TEXT\n);\nINSERT INTO llama_bench (build_commit) VALUES ('abc');\n",
			want:  "failed\nfailure: llama-bench printed SQL, which has no samples: run it with -o json or -o jsonl\n",
		},
		{
			name:  "the table for people has no samples",
			input: "| model                          |       size |\n| ------ | --- |\n",
			want:  "failed\nfailure: llama-bench printed a table, which has no samples: run it with -o json or -o jsonl\n",
		},
		{
			name:  "no report",
			input: "error: failed to load model\n{\"level\":\"error\"}\n",
			want:  "failed\nfailure: no llama-bench report: run it with -o json or -o jsonl\n",
		},
		{
			name:  "an array that is cut keeps its tests and says where it ends",
			input: "[\n" + generation + ",\n{\"n_prompt\":1,",
			want:  "failed\n" + generationResults + "failure: the output ends in the middle of its JSON, at byte 217 (line 3)\nnote: llama.cpp abc1234, build 9870\n",
		},
		{
			name:  "a damaged line costs itself only, foreign objects in the array are named",
			input: "{\"n_prompt\":oops}\n" + generation + "\n[{\"x\":1},7]",
			want: "failed\n" + generationResults + `failure: broken JSON: invalid character 'o' looking for beginning of value, at byte 0 (line 1)
failure: an object that is no llama-bench test, at byte 226 (line 3)
failure: unexpected number, at byte 228 (line 3)
note: llama.cpp abc1234, build 9870
`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := describe(t, test.input); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// A build that knows one setting more, and has it switched off, measures the
// same benchmark.
func TestSettingThatIsOffIsAsGoodAsAbsent(t *testing.T) {
	older := describe(t, `[{"n_prompt":1,"n_gen":0,"samples_ns":[5]}]`)
	newer := describe(t, `[{"n_prompt":1,"n_gen":0,"no_host":false,"n_cpu_moe":0,"devices":"","spec":null,"samples_ns":[5]}]`)
	if older != newer {
		t.Errorf("got\n%s\nand\n%s", older, newer)
	}
}

func TestConform(t *testing.T) {
	benchtest.Conform(t, llamabench.Read, map[string][]byte{
		"array": []byte("[\n" + prompt + ",\n" + generation + "\n]\n"),
		"lines": []byte("noise\n" + strings.ReplaceAll(prompt, "\n", " ") + "\n" + generation + "\n"),
	})
}

func FuzzRead(f *testing.F) {
	benchtest.Fuzz(f, llamabench.Read,
		[]byte("["+generation+"]"),
		[]byte("build_commit,\n"+generation+"\n"+generation),
		[]byte(`[{"n_prompt":1,"n_gen":1,"n_depth":1,"n_threads":4,"model_filename":"C:\\a\\b","samples_ns":[NaN,"x",0],"samples_ts":[1]},{}]`))
}
