import { createHash } from "node:crypto";

/** Keeps ages and the countdown right while the page is open. Without it the page says the same in absolute times. */
export const script = `(function(){
var units=[[86400,"d"],[3600,"h"],[60,"min"]];
function span(s){var out=[];for(var i=0;i<3&&out.length<2;i++){var n=Math.floor(s/units[i][0]);if(n||out.length){out.push(n+" "+units[i][1]);s-=n*units[i][0]}}
return out.length?out.join(" "):"less than a minute"}
function tick(){var now=Date.now();
document.querySelectorAll("[data-ago]").forEach(function(e){var s=(now-Date.parse(e.dataset.ago))/1000;e.textContent=s<0?"":s<60?"just now":span(s)+" ago"});
document.querySelectorAll("[data-from]").forEach(function(e){var from=Date.parse(e.dataset.from),to=Date.parse(e.dataset.to);
e.textContent=now<from?"in "+span((from-now)/1000):now<to?"open now, "+span((to-now)/1000)+" left":"is over"})}
tick();setInterval(tick,10000)})();`;

/** The only script that the page allows to run. */
export const scriptHash = `sha256-${createHash("sha256").update(script).digest("base64")}`;
