package cpu

// An Attention has the dimensions of attention over cached keys and values,
// [KVHeads, Capacity, Dim] each. Heads is a multiple of KVHeads: heads share
// them in groups (Ainslie et al., GQA, 2023).
type Attention struct {
	Heads, KVHeads, Dim, Capacity int
	Scale                         float32 // of a score, commonly 1/sqrt(Dim)
}

// Append stores one token's keys and values, KVHeads*Dim each, at position.
func (a Attention) Append(keys, values, k, v []float32, position int) {
	for h := range a.KVHeads {
		at := (h*a.Capacity + position) * a.Dim
		copy(keys[at:at+a.Dim], k[h*a.Dim:])
		copy(values[at:at+a.Dim], v[h*a.Dim:])
	}
}

// Decode writes the attention of one token's query, Heads*Dim values, over the
// first length positions to out. scores is scratch of length values.
func (a Attention) Decode(out, query, keys, values, scores []float32, length int) {
	scores = scores[:length]
	for h := range a.Heads {
		q, y := query[h*a.Dim:(h+1)*a.Dim], out[h*a.Dim:(h+1)*a.Dim]
		cache := h / (a.Heads / a.KVHeads) * a.Capacity * a.Dim
		for p := range scores {
			scores[p] = dot(q, keys[cache+p*a.Dim:][:a.Dim]) * a.Scale
		}
		Softmax(scores, scores, length)
		clear(y)
		rowTimes(y, scores, values[cache:][:length*a.Dim])
	}
}
