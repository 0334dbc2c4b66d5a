/** The whole look of the page: light and dark, from 320 px up, without a file or font from anywhere. */
export const style = `
:root{color-scheme:light dark;--bg:#f3f5f8;--card:#fff;--text:#15202b;--muted:#4d5b69;--line:#dbe1e8;--soft:#eef1f5;
--good:#0a6a39;--good-bg:#e2f4e9;--bad:#b01d18;--bad-bg:#fdeceb;--warn:#7d4c00;--warn-bg:#fff1d6;--info:#1b4fc4;--info-bg:#e7eefc;--idle:#4d5b69;--idle-bg:#eaeef2}
@media (prefers-color-scheme:dark){:root{--bg:#0d1217;--card:#161d25;--text:#e9eef3;--muted:#a6b4c2;--line:#2b3641;--soft:#1e2730;
--good:#62db99;--good-bg:#11291d;--bad:#ff9d95;--bad-bg:#3a1917;--warn:#f4c572;--warn-bg:#33280f;--info:#98bbff;--info-bg:#17243f;--idle:#a6b4c2;--idle-bg:#222c36}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main,header,footer{max-width:1120px;margin:0 auto;padding:0 20px}
header{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:baseline;justify-content:space-between;padding-top:22px;padding-bottom:14px}
h1{font-size:1.05rem;font-weight:650;margin:0;letter-spacing:-.005em}
header p{margin:0;color:var(--muted);font-size:.875rem}
h2{font-size:1.125rem;font-weight:650;margin:0 0 14px;letter-spacing:-.01em}
h3{font-size:1rem;font-weight:600;margin:0}
p{margin:0}
.ago:not(:empty)::before{content:"· "}
code{font:.875em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;background:var(--soft);border-radius:5px;padding:.12em .38em;overflow-wrap:anywhere}
a{color:var(--info)}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:20px;margin:0 0 16px;overflow-wrap:anywhere}
.muted,.ago,.small{color:var(--muted)}.small,.ago{font-size:.875rem}
.sign{width:1.15em;height:1.15em;flex:none;border-radius:50%;padding:.12em;fill:none;stroke:currentColor;stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round;vertical-align:-.22em}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}.info{color:var(--info)}.idle{color:var(--idle)}
.sign.good,.pill.good{background:var(--good-bg)}.sign.bad,.pill.bad{background:var(--bad-bg)}.sign.warn,.pill.warn{background:var(--warn-bg)}.sign.info,.pill.info{background:var(--info-bg)}.sign.idle,.pill.idle{background:var(--idle-bg)}
.pill{display:inline-flex;align-items:center;gap:5px;border-radius:99px;padding:1px 10px 1px 5px;font-size:.8125rem;font-weight:600;white-space:nowrap}
.pill .sign{background:none}
.hero{border-left:6px solid currentColor;padding:24px 22px}
.hero>*{color:var(--text)}
.hero.good{background:linear-gradient(var(--good-bg),var(--good-bg)) var(--card)}.hero.bad{background:var(--bad-bg)}.hero.warn{background:var(--warn-bg)}.hero.info{background:var(--info-bg)}
.hero h2{display:flex;gap:12px;align-items:center;font-size:clamp(1.5rem,4.6vw,2.1rem);line-height:1.2;letter-spacing:-.02em;margin:0 0 6px}
.hero.good h2{color:var(--good)}.hero.bad h2{color:var(--bad)}.hero.warn h2{color:var(--warn)}.hero.info h2{color:var(--info)}
.hero h2 .sign{background:none;border:.11em solid currentColor;padding:.06em;width:1em;height:1em}
.next{margin-top:16px;padding-top:14px;border-top:1px solid var(--line);display:grid;gap:2px}
.next b{font-size:.75rem;text-transform:uppercase;letter-spacing:.07em;color:var(--muted)}
.next .do{font-size:1.0625rem;font-weight:600}
.next code{background:var(--card)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(186px,1fr));gap:12px;margin:0 0 16px;padding:0}
.tiles>div{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:14px 16px;margin:0}
.tiles dt{font-size:.8125rem;color:var(--muted)}
.tiles dd{margin:2px 0 0}.tiles .value{font-size:1.1875rem;font-weight:650;line-height:1.3;display:flex;gap:7px;align-items:center}
.columns{display:grid;gap:0 16px;grid-template-columns:minmax(0,1fr)}
@media (min-width:900px){.columns{grid-template-columns:minmax(0,1fr) minmax(0,1fr);align-items:start}}
ul,ol{margin:0;padding:0;list-style:none}
.stages>li{display:grid;grid-template-columns:26px minmax(0,1fr);gap:0 10px;padding:0 0 14px;position:relative}
.stages>li:not(:last-child)::before{content:"";position:absolute;left:10px;top:26px;bottom:2px;width:2px;background:var(--line)}
.stages>li>.sign{width:22px;height:22px;padding:3px;margin-top:1px}
.stages .line{display:flex;flex-wrap:wrap;gap:0 8px;justify-content:space-between;align-items:baseline}
.stages .todo h3{font-weight:500;color:var(--muted)}
.verb{display:flex;flex-wrap:wrap;gap:0 10px;font-size:.875rem;color:var(--muted)}
.verb b{font-weight:600;color:var(--text)}
.open>li,.checks>li{padding:12px 0;border-top:1px solid var(--line)}
.open>li:first-child,.checks>li:first-child{border-top:0}
.open>li:first-child{padding-top:0}.open>li:last-child,.checks>li:last-child{padding-bottom:0}
.check{display:grid;grid-template-columns:24px minmax(0,1fr) auto;gap:0 8px;align-items:start}.check>.sign,.history .sign{margin-top:.18em}.check>.small{line-height:1.7}
.check>.body{display:grid;gap:1px}
.check .name{font-weight:600}
.facts{display:grid;grid-template-columns:auto minmax(0,1fr);gap:0 10px;font-size:.9375rem}
.facts dt{color:var(--muted)}.facts dd{margin:0}
.details{margin:6px 0 0;padding:8px 12px;background:var(--soft);border-radius:8px;font:.8125rem/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;max-height:20em;overflow:auto}
details.group{border-top:1px solid var(--line)}
h2+details.group{border-top:0}.open+details.group{margin-top:12px}.group .open{padding:6px 0 12px 22px}
summary{cursor:pointer;padding:11px 2px;display:flex;flex-wrap:wrap;gap:2px 10px;align-items:center;border-radius:8px;list-style:none}
summary::-webkit-details-marker{display:none}
summary::before{content:"";width:7px;height:7px;border:solid var(--muted);border-width:0 2px 2px 0;transform:rotate(-45deg);margin:0 4px 0 2px;flex:none}
details[open]>summary::before{transform:rotate(45deg)}
summary b{font-weight:600}summary .small{margin-left:auto}
:focus-visible{outline:3px solid var(--info);outline-offset:2px}
.group .checks{padding:0 0 12px 22px}
.why{margin:8px 0;font-size:.9375rem}.why>li{padding:2px 0}
.kind{font-size:.8125rem;color:var(--muted);margin:6px 0 2px 22px;text-transform:uppercase;letter-spacing:.05em}.reports{padding:0 0 12px 22px}
.bar{display:flex;height:10px;border-radius:99px;overflow:hidden;background:var(--soft);margin:6px 0 4px;gap:2px}
.bar i{display:block;min-width:3px}.bar .m{background:var(--good)}.bar .q{background:var(--warn)}.bar .x{background:var(--bad)}
.counts>li{padding:10px 0;border-top:1px solid var(--line)}.counts>li:first-child{border-top:0;padding-top:0}
.counts .line,.back .line{display:flex;flex-wrap:wrap;justify-content:space-between;gap:2px 12px;align-items:baseline}
.sum{font-variant-numeric:tabular-nums}
.back>li{padding:11px 0;border-top:1px solid var(--line);display:grid;gap:3px}.back>li:first-child{border-top:0;padding-top:0}
.back .time{font-weight:650}
.pictures{display:grid;gap:14px;margin-top:14px}
figure{margin:0}
.pictures img{display:block;width:100%;height:auto;border-radius:10px;border:1px solid var(--line);background:#fff}
figcaption{font-size:.8125rem;color:var(--muted);margin-top:4px}
.shots figcaption{line-height:1.35}
.shots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(230px,46%),1fr));gap:14px;margin-top:14px}
.shots img{display:block;width:100%;aspect-ratio:16/10;object-fit:cover;object-position:top;border-radius:8px;border:1px solid var(--line);background:#fff}
.history{font-size:.875rem}
.history>li{display:grid;grid-template-columns:24px minmax(0,1fr) auto;gap:0 8px;padding:6px 0;border-top:1px solid var(--line);align-items:start}
.history>li:first-child{border-top:0}
footer{color:var(--muted);font-size:.875rem;padding-bottom:40px}
@media (max-width:480px){main,header,footer{padding-left:12px;padding-right:12px}.card{padding:16px}.hero{padding:18px 16px}.tiles{grid-template-columns:1fr 1fr;gap:8px}.tiles>div{padding:12px}.tiles>div:last-child:nth-child(odd){grid-column:1/-1}.tiles .value{font-size:1.0625rem}summary .small{margin-left:17px;width:100%}.group .checks,.group .open,.reports{padding-left:0}.kind{margin-left:0}}
@media print{body{background:#fff}details.group>*{display:block}.card{break-inside:avoid}}
`;
