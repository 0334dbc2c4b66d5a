/** Style of the page; colours follow the reader's own setting. */
export const pageStyle = `
:root{color-scheme:light dark;--page:light-dark(#f5f6fa,#0f1117);--surface:light-dark(#fff,#181b24);--line:light-dark(#e2e5ee,#2a2f3d);
--text:light-dark(#181b25,#eceef5);--muted:light-dark(#5d6579,#9aa2b6);--accent:light-dark(#4f46e5,#8b84ff);
--good:light-dark(#0b6b45,#5fd6a3);--good-soft:light-dark(#dff3e9,#12291f);--fair:light-dark(#7a5200,#f0c25e);--fair-soft:light-dark(#fdf0d3,#2e2512);
--bad:light-dark(#a4262c,#ff9aa0);--bad-soft:light-dark(#fdecec,#331a1d);--none-soft:light-dark(#e9ebf2,#242936);
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;line-height:1.5;background:var(--page);color:var(--text)}
*{box-sizing:border-box}body{margin:0}a{color:var(--accent)}.muted{color:var(--muted)}
header,main,footer{max-width:76rem;margin:0 auto;padding:1rem clamp(1rem,4vw,2rem)}
header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:.5rem 1rem;padding-top:clamp(1rem,4vw,2.5rem)}
h1{margin:0;font-size:1.7rem;letter-spacing:-.02em}header p{margin:.25rem 0 0;font-size:.9rem;overflow-wrap:anywhere}
h2{margin:0;font-size:1.1rem}
.verdict{padding:.4rem 1.1rem;border-radius:999px;font-weight:700;font-size:1.1rem;letter-spacing:.02em}
.verdict.good{color:var(--good);background:var(--good-soft)}.verdict.fair{color:var(--fair);background:var(--fair-soft)}.verdict.bad{color:var(--bad);background:var(--bad-soft)}
ul,ol{list-style:none;margin:0;padding:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem}
.tiles li{display:grid;align-content:start;padding:.9rem 1rem;background:var(--surface);border:1px solid var(--line);border-radius:12px;font-size:.85rem}
.tiles strong{font-size:1.5rem;line-height:1.3}
.rate{position:relative;height:8px;margin:1rem 0;border-radius:4px;background:var(--none-soft)}
.rate span{display:block;height:100%;border-radius:4px}.rate .good{background:var(--good)}.rate .fair{background:var(--fair)}.rate .bad{background:var(--bad)}
.rate i{position:absolute;top:-3px;width:2px;height:14px;background:var(--muted)}
.card,.overview{background:var(--surface);border:1px solid var(--line);border-radius:12px}
.overview{padding:.4rem;margin-bottom:1rem}
.overview a{display:grid;grid-template-columns:5rem 1fr auto;gap:.75rem;align-items:center;padding:.45rem .6rem;border-radius:8px;color:inherit;text-decoration:none}
.overview a:hover{background:var(--page)}.overview a>:last-child{font-variant-numeric:tabular-nums;font-size:.85rem}
.card{padding:1.25rem;margin-bottom:1rem;scroll-margin-top:1rem}.card>p{margin:.25rem 0 .75rem;font-size:.9rem}
.title{display:flex;justify-content:space-between;align-items:start;gap:1rem}
.mark{display:inline-block;width:max-content;padding:.1rem .55rem;border-radius:999px;font-size:.75rem;font-weight:650;white-space:nowrap;background:var(--none-soft);color:var(--muted)}
.mark.passed{color:var(--good);background:var(--good-soft)}.mark.failed{color:var(--bad);background:var(--bad-soft)}.mark.inconclusive{color:var(--fair);background:var(--fair-soft)}
.card>.problem{padding:.75rem 1rem;border-radius:8px;color:var(--bad);background:var(--bad-soft);overflow-wrap:anywhere}
.checks{display:grid;gap:.35rem;margin-bottom:1rem;font-size:.9rem}.checks>li{display:grid;grid-template-columns:5rem 1fr;gap:.25rem .75rem;align-items:start;overflow-wrap:anywhere}
.card>h2+.checks{margin-top:.75rem}.details{grid-column:2;font-size:.85rem;color:var(--muted);list-style:disc;padding-left:1.1rem}
.steps{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:1rem}
.steps a,.none{display:flex;justify-content:center;align-items:center;height:10rem;border:1px solid var(--line);border-radius:8px;overflow:hidden;background:var(--page)}
.steps img{max-width:100%;max-height:100%;display:block}
.steps p{display:grid;grid-template-columns:auto 1fr auto;gap:.5rem;align-items:start;margin:.4rem 0 0;font-size:.85rem}
.bad-step a{border:2px solid var(--bad)}
.removed{display:grid;gap:.25rem;margin-top:.6rem;font-size:.9rem}.removed li{display:grid;grid-template-columns:5rem 1fr;gap:.75rem;overflow-wrap:anywhere}
footer{font-size:.85rem;padding-bottom:2rem}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
@media(max-width:480px){.steps{grid-template-columns:1fr 1fr;gap:.75rem}.steps a,.none{height:8rem}.steps p{grid-template-columns:1fr auto}.steps p .mark{grid-column:1/-1}
.overview a{grid-template-columns:4.5rem 1fr auto;gap:.5rem}.card{padding:1rem}.tiles{grid-template-columns:1fr 1fr}}
@media print{.card{break-inside:avoid}}
`.replaceAll("\n", "");
