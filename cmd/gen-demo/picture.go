package main

import (
	"image"
	"image/color"
	"math"
)

// landscape draws mountains, by height from the back to the front, under a sky whose sun
// has risen from 0 to 1.
func landscape(wide, tall int, risen float64) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, wide, tall))
	sunX, sunY := 0.68, 0.56-0.36*risen
	night, day := color.RGBA{38, 44, 92, 255}, color.RGBA{112, 176, 232, 255}
	dusk, dawn := color.RGBA{226, 104, 84, 255}, color.RGBA{255, 226, 176, 255}
	for y := range tall {
		for x := range wide {
			fx, fy := float64(x)/float64(wide), float64(y)/float64(tall)
			c := mix(mix(night, day, risen), mix(dusk, dawn, risen), min(1, fy/0.62))
			away := math.Hypot((fx-sunX)*float64(wide)/float64(max(wide, tall)), (fy-sunY)*float64(tall)/float64(max(wide, tall)))
			c = mix(c, color.RGBA{255, 236, 178, 255}, 0.75*math.Exp(-away*7))
			c = mix(c, color.RGBA{255, 250, 226, 255}, clamp((0.055-away)*200))
			for _, r := range ridges() {
				top := r.top(fx)
				if edge := clamp((fy - top) * float64(tall)); edge > 0 {
					c = mix(c, r.color(fx, fy-top, risen), edge)
				}
			}
			p.SetRGBA(x, y, c)
		}
	}
	return p
}

// ridge is a line of mountains.
type ridge struct {
	base, peak, at, steep float64 // the line's height, and a summit's height, place and width
	wave, phase           float64
	near                  color.RGBA
	snow                  bool
}

func ridges() []ridge {
	return []ridge{
		{0.60, 0.34, 0.36, 0.30, 9, 0.4, color.RGBA{92, 110, 150, 255}, true},
		{0.70, 0.12, 0.80, 0.22, 13, 2.1, color.RGBA{62, 88, 116, 255}, false},
		{0.82, 0.06, 0.20, 0.30, 21, 4.0, color.RGBA{38, 70, 74, 255}, false},
		{0.93, 0.03, 0.60, 0.40, 47, 1.0, color.RGBA{20, 42, 40, 255}, false},
	}
}

// top returns where a ridge begins, from above.
func (r ridge) top(x float64) float64 {
	slope := max(0, 1-math.Abs(x-r.at)/r.steep)
	jagged := 0.012*math.Sin(r.wave*x+r.phase) + 0.007*math.Sin(2.7*r.wave*x+2*r.phase) + 0.003*math.Sin(7.1*r.wave*x)
	return r.base - r.peak*slope + jagged
}

// color returns a ridge's color below its line: lighter in the valleys, with snow on
// the summit, and brighter with the sun.
func (r ridge) color(x, below, risen float64) color.RGBA {
	c := mix(r.near, color.RGBA{210, 206, 214, 255}, min(0.35, below*0.9))
	if r.snow && below < 0.10+0.02*math.Sin(60*x)+0.015*math.Sin(133*x)-0.9*math.Abs(x-r.at) {
		c = mix(color.RGBA{244, 246, 252, 255}, color.RGBA{168, 184, 216, 255}, clamp((r.at-x)*30+0.5))
	}
	return mix(color.RGBA{24, 24, 48, 255}, c, 0.55+0.45*risen)
}

func clamp(v float64) float64 { return max(0, min(1, v)) }

func mix(a, b color.RGBA, share float64) color.RGBA {
	part := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
	return color.RGBA{part(a.R, b.R), part(a.G, b.G), part(a.B, b.B), 255}
}

// flat returns a picture with 32 levels of each color, which PNG compresses well.
func flat(p *image.RGBA) *image.RGBA {
	for i, v := range p.Pix {
		if i%4 < 3 {
			p.Pix[i] = v&^7 | v>>5
		}
	}
	return p
}
