package main

// The readers of the two logs that Porcupine is tested with, and of the one that bench/checkers.ts writes. What never
// returned gets a return at the end with an unknown output: Porcupine has no other way to say it.

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/anishathalye/porcupine"
)

// The operations under way while a log is read.
type pending struct {
	events []porcupine.Event
	open   map[int]int // by process: the operation's id
	next   int
}

func (p *pending) call(process int, value any) {
	p.events = append(p.events, porcupine.Event{ClientId: process, Kind: porcupine.CallEvent, Value: value, Id: p.next})
	p.open[process] = p.next
	p.next++
}

func (p *pending) ret(process int, value any) {
	id := p.open[process]
	delete(p.open, process)
	p.events = append(p.events, porcupine.Event{ClientId: process, Kind: porcupine.ReturnEvent, Value: value, Id: id})
}

func (p *pending) end(unknown any) []porcupine.Event {
	processes := make([]int, 0, len(p.open))
	for process := range p.open {
		processes = append(processes, process)
	}
	sort.Ints(processes)
	for _, process := range processes {
		p.ret(process, unknown)
	}
	return p.events
}

var jepsenLine = regexp.MustCompile(`^INFO\s+jepsen\.util\s+-\s+(\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)\s+(?:(nil|\d+)|\[(\d+)\s+(\d+)\]|:timed-out)$`)

func readJepsenLog(path string) ([]porcupine.Event, error) {
	p := pending{open: map[int]int{}}
	err := eachLine(path, func(line string) error {
		args := jepsenLine.FindStringSubmatch(line)
		if args == nil {
			return nil
		}
		process := number(args[1])
		kind, action := args[2], args[3]
		switch {
		case kind == "invoke" && action == "read":
			p.call(process, input{action: 0})
		case kind == "invoke" && action == "write":
			p.call(process, input{action: 1, arg1: number(args[4])})
		case kind == "invoke":
			p.call(process, input{action: 2, arg1: number(args[5]), arg2: number(args[6])})
		case kind == "ok" && action == "read":
			p.ret(process, output{value: number(args[4])})
		case kind == "ok" && action == "write":
			p.ret(process, output{})
		case action == "cas" && args[5] != "" && kind != "info":
			seen := output{}
			if kind == "ok" {
				seen.value = 1
			}
			p.ret(process, seen)
		case kind == "fail" && action == "read":
			p.ret(process, output{unknown: true})
		}
		return nil
	})
	return p.end(output{unknown: true}), err
}

var kvLine = regexp.MustCompile(`^{:process (\d+), :type :(invoke|ok), :f :(get|put|append), :key "(.*)", :value (?:nil|"(.*)")}$`)

func readKvLog(path string) ([]porcupine.Event, error) {
	p := pending{open: map[int]int{}}
	actions := map[string]byte{"get": 0, "put": 1, "append": 2}
	err := eachLine(path, func(line string) error {
		args := kvLine.FindStringSubmatch(line)
		if args == nil {
			return fmt.Errorf("not a line of a kv log: %s", line)
		}
		if args[2] == "invoke" {
			p.call(number(args[1]), kvInput{actions[args[3]], args[4], args[5]})
		} else {
			p.ret(number(args[1]), args[5])
		}
		return nil
	})
	return p.end(""), err
}

// `model`, then `c <id> <action> <arg1> <arg2>` or `r <id> <value>` on each line, in the order of time.
func readGenerated(path string) (loaded, error) {
	models := map[string]porcupine.Model{
		"register": registerModel, "cas-register": etcdModel, "queue": queueModel, "stack": stackModel, "set": setModel,
	}
	var its loaded
	p := pending{open: map[int]int{}}
	err := eachLine(path, func(line string) error {
		if its.model.Init == nil {
			model, known := models[line]
			if !known {
				return fmt.Errorf("no model %q", line)
			}
			its.model = model
			return nil
		}
		words := strings.Split(line, " ")
		if words[0] == "c" {
			p.call(number(words[1]), input{byte(number(words[2])), number(words[3]), number(words[4])})
		} else {
			p.ret(number(words[1]), output{value: number(words[2])})
		}
		return nil
	})
	its.events = p.end(output{unknown: true})
	return its, err
}

func eachLine(path string, take func(line string) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := take(lines.Text()); err != nil {
			return err
		}
	}
	return lines.Err()
}

func number(text string) int {
	if text == "nil" {
		return absent
	}
	value, err := strconv.Atoi(text)
	must(err)
	return value
}
