// Plain JavaScript: the library's own types would cost the type-checker more than the rest of the command line.
import { CustomChart, LineChart } from "echarts/charts";
import {
	GridComponent,
	MarkLineComponent,
	TitleComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
	CustomChart,
	LineChart,
	GridComponent,
	MarkLineComponent,
	TitleComponent,
	SVGRenderer,
]);

export function drawSvg(option, size) {
	const chart = init(null, null, {
		renderer: "svg",
		ssr: true,
		...size,
	});
	try {
		chart.setOption({ animation: false, ...option });
		return chart.renderToSVGString();
	} finally {
		chart.dispose();
	}
}
