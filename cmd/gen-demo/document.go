package main

import (
	"bytes"
	"fmt"
	"strings"
)

// pdf returns a document of one A5 page with these drawing operations.
func pdf(page string) []byte {
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(page), page),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var offsets strings.Builder
	for i, o := range objects {
		fmt.Fprintf(&offsets, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n",
		len(objects)+1, offsets.String(), len(objects)+1, start)
	return b.Bytes()
}

// routeMap is a hill with a path to its summit.
const routeMap = `0.86 0.92 0.84 rg 0 0 420 595 re f
0.72 0.83 0.70 rg 30 120 m 120 330 l 200 470 l 280 360 l 390 140 l f
0.58 0.74 0.58 rg 110 220 m 200 470 l 270 260 l f
0.75 0.15 0.10 RG 4 w 1 J 1 j [12 8] 0 d 60 90 m 110 170 90 230 150 260 c 210 290 150 350 200 470 c S
[] 0 d 0.75 0.15 0.10 rg 192 466 16 16 re f
BT /F 26 Tf 0.1 0.2 0.15 rg 40 530 Td (Saturday's route) Tj ET
BT /F 13 Tf 70 82 Td (Line 10, last stop, 7:30) Tj ET
BT /F 13 Tf 216 468 Td (Summit, 1 153 m) Tj ET`

// invoice is an invoice whose title, 发票, is drawn stroke by stroke: a viewer may have no
// Chinese font. Its text can be copied.
func invoice() string {
	fapiao := [][]string{
		{"30 88 m 22 64 l 92 64 l", "48 92 m 46 56 34 26 6 6 c", "38 44 m 74 44 l 64 22 50 10 34 4 c", "38 40 m 54 20 70 10 94 4 c", "66 90 m 78 78 l"},
		{
			"10 88 m 90 88 l", "20 52 m 18 72 l 82 72 l 80 52 l 20 52 l", "40 88 m 40 54 l", "60 88 m 60 54 l", "22 42 m 78 42 l",
			"8 30 m 92 30 l", "50 30 m 50 4 l 42 8 l", "32 22 m 18 6 l", "66 22 m 84 8 l",
		},
	}
	var b strings.Builder
	b.WriteString("/Span <</ActualText <FEFF53D17968>>> BDC\n0.70 0.10 0.10 RG 7 w 1 J 1 j\n")
	for i, character := range fapiao {
		fmt.Fprintf(&b, "q 0.6 0 0 0.6 %d 500 cm\n", 40+72*i)
		for _, stroke := range character {
			b.WriteString(stroke + " S\n")
		}
		b.WriteString("Q\n")
	}
	b.WriteString("EMC\n0.6 0.6 0.6 RG 1 w 40 478 m 380 478 l S 40 360 m 380 360 l S\n")
	for i, line := range []string{"Invoice for order 42", "", "Trekking poles, 1 pair", "Rain cover", "", "", "Total"} {
		fmt.Fprintf(&b, "BT /F 13 Tf 40 %d Td (%s) Tj ET\n", 454-22*i, line)
	}
	for i, amount := range []string{"", "", "CNY 268.00", " CNY 59.00", "", "", "CNY 327.00"} {
		fmt.Fprintf(&b, "BT /F 13 Tf 306 %d Td (%s) Tj ET\n", 454-22*i, amount)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
