package main

// The models: register, etcd and kv are those of Porcupine's own porcupine_test.go (MIT, Anish Athalye), with their Hash.
// Its etcd model has none; it gets one here, which can only help. Queue, stack and set are written the same way.

import (
	"hash/fnv"
	"sort"

	"github.com/anishathalye/porcupine"
)

const absent = -1000000 // nil, and an empty queue or stack

type input struct {
	action byte // read: 0, write, put, enqueue, push, add: 1, cas, append, remove: 2, dequeue, pop: 3, contains: 4
	arg1   int
	arg2   int
}

type output struct {
	value   int // what was read or taken; 1 for true
	unknown bool
}

var registerModel = porcupine.Model{
	Init: func() any { return absent },
	Step: func(state, in, out any) (bool, any) {
		inp := in.(input)
		if inp.action == 1 {
			return true, inp.arg1
		}
		read := out.(output)
		return read.unknown || read.value == state.(int), state
	},
	Hash: func(state any) uint64 { return uint64(state.(int)) },
}

var etcdModel = porcupine.Model{
	Init: func() any { return absent },
	Step: func(state, in, out any) (bool, any) {
		st := state.(int)
		inp := in.(input)
		seen := out.(output)
		switch inp.action {
		case 0:
			return seen.unknown || seen.value == st, state
		case 1:
			return true, inp.arg1
		default:
			ok := seen.unknown || (inp.arg1 == st) == (seen.value == 1)
			if inp.arg1 == st {
				return ok, inp.arg2
			}
			return ok, state
		}
	},
	Hash: func(state any) uint64 { return uint64(state.(int)) },
}

type kvInput struct {
	action byte // get: 0, put: 1, append: 2
	key    string
	value  string
}

var kvModel = porcupine.Model{
	PartitionEvent: func(history []porcupine.Event) [][]porcupine.Event {
		return partitioned(history, func(value any) string { return value.(kvInput).key })
	},
	Init: func() any { return "" },
	Step: func(state, in, out any) (bool, any) {
		inp := in.(kvInput)
		st := state.(string)
		switch inp.action {
		case 0:
			return out.(string) == st, state
		case 1:
			return true, inp.value
		default:
			return true, st + inp.value
		}
	},
	Hash: func(state any) uint64 {
		h := fnv.New64a()
		h.Write([]byte(state.(string)))
		return h.Sum64()
	},
}

// A queue or stack as a list that shares its tails, so that no step copies one.
type cell struct {
	value int
	below *cell
	hash  uint64
}

func push(value int, below *cell) *cell {
	h := uint64(14695981039346656037)
	if below != nil {
		h = below.hash
	}
	return &cell{value, below, (h ^ uint64(value)) * 1099511628211}
}

var stackModel = porcupine.Model{
	Init: func() any { return (*cell)(nil) },
	Step: func(state, in, out any) (bool, any) {
		st := state.(*cell)
		inp := in.(input)
		if inp.action == 1 {
			return true, push(inp.arg1, st)
		}
		seen := out.(output)
		if st == nil {
			return seen.unknown || seen.value == absent, st
		}
		return seen.unknown || seen.value == st.value, st.below
	},
	Equal: func(a, b any) bool {
		x, y := a.(*cell), b.(*cell)
		for x != nil && y != nil && x != y && x.value == y.value {
			x, y = x.below, y.below
		}
		return x == y
	},
	Hash: func(state any) uint64 {
		if st := state.(*cell); st != nil {
			return st.hash
		}
		return 0
	},
}

var queueModel = porcupine.Model{
	Init: func() any { return []int{} },
	Step: func(state, in, out any) (bool, any) {
		st := state.([]int)
		inp := in.(input)
		if inp.action == 1 {
			longer := make([]int, len(st)+1)
			copy(longer, st)
			longer[len(st)] = inp.arg1
			return true, longer
		}
		seen := out.(output)
		if len(st) == 0 {
			return seen.unknown || seen.value == absent, st
		}
		return seen.unknown || seen.value == st[0], st[1:]
	},
	Equal: func(a, b any) bool {
		x, y := a.([]int), b.([]int)
		if len(x) != len(y) {
			return false
		}
		for i := range x {
			if x[i] != y[i] {
				return false
			}
		}
		return true
	},
	Hash: func(state any) uint64 {
		h := uint64(14695981039346656037)
		for _, value := range state.([]int) {
			h = (h ^ uint64(value)) * 1099511628211
		}
		return h
	},
}

// Each element is a partition, and its state whether it is in the set.
var setModel = porcupine.Model{
	PartitionEvent: func(history []porcupine.Event) [][]porcupine.Event {
		return partitioned(history, func(value any) int { return value.(input).arg1 })
	},
	Init: func() any { return false },
	Step: func(state, in, out any) (bool, any) {
		has := state.(bool)
		seen := out.(output)
		switch in.(input).action {
		case 1:
			return true, true
		case 2:
			return true, false
		default:
			return seen.unknown || (seen.value == 1) == has, state
		}
	},
	Hash: func(state any) uint64 {
		if state.(bool) {
			return 1
		}
		return 0
	},
}

func partitioned[K int | string](history []porcupine.Event, keyOf func(value any) K) [][]porcupine.Event {
	byKey := make(map[K][]porcupine.Event)
	keys := make(map[int]K)
	for _, event := range history {
		if event.Kind == porcupine.CallEvent {
			keys[event.Id] = keyOf(event.Value)
		}
		key := keys[event.Id]
		byKey[key] = append(byKey[key], event)
	}
	order := make([]K, 0, len(byKey))
	for key := range byKey {
		order = append(order, key)
	}
	sort.Slice(order, func(i, j int) bool { return order[i] < order[j] })
	parts := make([][]porcupine.Event, 0, len(order))
	for _, key := range order {
		parts = append(parts, byKey[key])
	}
	return parts
}
