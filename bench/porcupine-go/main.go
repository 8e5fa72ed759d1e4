// The other side of bench/checkers.ts: Porcupine, as a process that answers one line of JSON with another. It stays alive,
// so that its runs and ours can take turns on the same noisy machine. The surprise: it collects garbage before each
// run and does not count that, which favours it.
//
// Requests: {"load": "name", "format": "jepsen" | "kv" | "generated", "path": "file"} and {"run": "name", "timeoutMs": 10000}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/anishathalye/porcupine"
)

// A check that needs more ends the process, before it ends the machine.
const mostHeapBytes = 6 << 30

type request struct {
	Load      string `json:"load"`
	Format    string `json:"format"`
	Path      string `json:"path"`
	Run       string `json:"run"`
	TimeoutMs int64  `json:"timeoutMs"`
}

type answer struct {
	Events      int    `json:"events"`
	Verdict     string `json:"verdict"`
	Nanoseconds int64  `json:"nanoseconds"`
	Error       string `json:"error,omitempty"`
}

type loaded struct {
	model  porcupine.Model
	events []porcupine.Event
}

func main() {
	go watchMemory()
	histories := map[string]loaded{}
	in := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var asked request
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			must(out.Encode(answer{Error: err.Error()}))
			continue
		}
		must(out.Encode(serve(histories, asked)))
	}
}

func serve(histories map[string]loaded, asked request) answer {
	if asked.Load != "" {
		its, err := load(asked.Format, asked.Path)
		if err != nil {
			return answer{Error: err.Error()}
		}
		histories[asked.Load] = its
		return answer{Events: len(its.events)}
	}
	its, known := histories[asked.Run]
	if !known {
		return answer{Error: fmt.Sprintf("%q was not loaded", asked.Run)}
	}
	runtime.GC()
	start := time.Now()
	result := porcupine.CheckEventsTimeout(its.model, its.events, time.Duration(asked.TimeoutMs)*time.Millisecond)
	elapsed := time.Since(start)
	verdicts := map[porcupine.CheckResult]string{porcupine.Ok: "valid", porcupine.Illegal: "invalid", porcupine.Unknown: "unknown"}
	return answer{Events: len(its.events), Verdict: verdicts[result], Nanoseconds: elapsed.Nanoseconds()}
}

func load(format, path string) (loaded, error) {
	switch format {
	case "jepsen":
		events, err := readJepsenLog(path)
		return loaded{etcdModel, events}, err
	case "kv":
		events, err := readKvLog(path)
		return loaded{kvModel, events}, err
	case "generated":
		return readGenerated(path)
	}
	return loaded{}, fmt.Errorf("no format %q", format)
}

func watchMemory() {
	var stats runtime.MemStats
	for range time.Tick(100 * time.Millisecond) {
		runtime.ReadMemStats(&stats)
		if stats.HeapAlloc > mostHeapBytes {
			fmt.Printf("{\"verdict\":\"unknown\",\"error\":\"more than %d GB\"}\n", mostHeapBytes>>30)
			os.Exit(3)
		}
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
