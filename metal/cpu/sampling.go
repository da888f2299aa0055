package cpu

import (
	"cmp"
	"slices"
)

// Greedy returns the index of the largest logit, the first of equals, or -1
// where there is none.
func Greedy(logits []float32) int {
	best := -1
	for i, v := range logits {
		if best < 0 || v > logits[best] {
			best = i
		}
	}
	return best
}

// A Sampler draws tokens from logits. It keeps its scratch between calls.
type Sampler struct {
	order []candidate
	exps  []float32
}

type candidate struct {
	logit float32
	index int32
}

// byLogit has the larger logit first, the smaller index among equals.
func byLogit(a, b candidate) int {
	return cmp.Or(cmp.Compare(b.logit, a.logit), cmp.Compare(a.index, b.index))
}

// TopK draws from the softmax of the k largest logits: the token at which the
// sum of probabilities, largest first, exceeds u, 0 <= u < 1.
func (s *Sampler) TopK(logits []float32, k int, u float32) int {
	s.load(logits)
	s.order = front(s.order, k)
	return s.draw(mass(s.order, largest(logits)), 1, u)
}

// TopP draws from the smallest set of tokens whose probabilities add up to p at
// least (Holtzman et al., The Curious Case of Neural Text Degeneration, 2020),
// as [Sampler.TopK] does from its own.
func (s *Sampler) TopP(logits []float32, p, u float32) int {
	s.load(logits)
	all, top := s.order, largest(logits)
	whole := mass(all, top)
	// Few tokens hold most of the probability, so sort only as many of the
	// largest as it takes, four times as many at each try.
	kept := 64
	s.order = front(all, kept)
	for len(s.order) < len(all) && mass(s.order, top) < float64(p)*whole {
		kept *= 4
		s.order = front(all, kept)
	}
	return s.draw(whole, p, u)
}

func (s *Sampler) load(logits []float32) {
	s.order = slices.Grow(s.order[:0], len(logits))
	for i, v := range logits {
		s.order = append(s.order, candidate{v, int32(i)})
	}
}

// mass is the sum of e**(logit-top).
func mass(of []candidate, top float32) float64 {
	sum := float64(0)
	for _, c := range of {
		sum += float64(exp32(c.logit - top))
	}
	return sum
}

// draw sorts the candidates and draws from the first that hold p of whole.
func (s *Sampler) draw(whole float64, p, u float32) int {
	slices.SortFunc(s.order, byLogit)
	s.exps = s.exps[:0]
	kept := float64(0)
	for _, c := range s.order {
		e := exp32(c.logit - s.order[0].logit)
		s.exps = append(s.exps, e)
		if kept += float64(e); kept >= float64(p)*whole {
			break
		}
	}
	limit, sum := float64(u)*kept, float64(0)
	for i, e := range s.exps {
		if sum += float64(e); sum > limit {
			return int(s.order[i].index)
		}
	}
	return int(s.order[len(s.exps)-1].index)
}

// front moves the k candidates with the largest logits to the front, in any
// order, and returns them (Hoare, Algorithm 65: Find, 1961).
func front(x []candidate, k int) []candidate {
	k = min(k, len(x))
	for low, high := 0, len(x)-1; low < high; {
		pivot := x[low+(high-low)/2]
		i, j := low, high
		for i <= j {
			for byLogit(x[i], pivot) < 0 {
				i++
			}
			for byLogit(x[j], pivot) > 0 {
				j--
			}
			if i <= j {
				x[i], x[j] = x[j], x[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case k-1 <= j:
			high = j
		case k-1 >= i:
			low = i
		default:
			return x[:k]
		}
	}
	return x[:k]
}
