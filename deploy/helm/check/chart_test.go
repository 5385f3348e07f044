// Renders the chart with Helm's own engine and reads what comes out strictly into Kubernetes' own types: an unknown field, a
// wrong type or a doubled key fails. go test ./...
package check

import (
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// The parts of KEDA's and Prometheus Operator's types that the chart uses, by their documentation.
type scaledObject struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		ScaleTargetRef struct {
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
		MinReplicaCount int32 `json:"minReplicaCount"`
		MaxReplicaCount int32 `json:"maxReplicaCount"`
		PollingInterval int32 `json:"pollingInterval"`
		CooldownPeriod  int32 `json:"cooldownPeriod"`
		Triggers        []struct {
			Type       string            `json:"type"`
			MetricType string            `json:"metricType"`
			Metadata   map[string]string `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

type serviceMonitor struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		Selector  meta.LabelSelector `json:"selector"`
		Endpoints []struct {
			Port          string `json:"port"`
			Path          string `json:"path"`
			Interval      string `json:"interval"`
			Authorization *struct {
				Credentials core.SecretKeySelector `json:"credentials"`
			} `json:"authorization"`
		} `json:"endpoints"`
	} `json:"spec"`
}

var types = map[string]func() any{
	"ConfigMap":               func() any { return &core.ConfigMap{} },
	"Deployment":              func() any { return &apps.Deployment{} },
	"Service":                 func() any { return &core.Service{} },
	"PodDisruptionBudget":     func() any { return &policy.PodDisruptionBudget{} },
	"NetworkPolicy":           func() any { return &networking.NetworkPolicy{} },
	"HorizontalPodAutoscaler": func() any { return &autoscaling.HorizontalPodAutoscaler{} },
	"ScaledObject":            func() any { return &scaledObject{} },
	"ServiceMonitor":          func() any { return &serviceMonitor{} },
}

func render(t *testing.T, values string) (map[string]any, error) {
	t.Helper()
	loaded, err := loader.Load("../millrace")
	if err != nil {
		t.Fatal(err)
	}
	given, err := chartutil.ReadValues([]byte(values))
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(loaded, given, chartutil.ReleaseOptions{Name: "mill", Namespace: "llm"}, nil)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(loaded, all)
	if err != nil {
		return nil, err
	}
	return parse(t, files), nil
}

func parse(t *testing.T, files map[string]string) map[string]any {
	t.Helper()
	objects := map[string]any{}
	for name, text := range files {
		for _, document := range strings.Split(text, "\n---\n") {
			var kind meta.TypeMeta
			if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, document)
			}
			if kind.Kind == "" {
				continue
			}
			object := types[kind.Kind]()
			if err := yaml.UnmarshalStrict([]byte(document), object); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, document)
			}
			objects[kind.Kind] = object
		}
	}
	return objects
}

func must(t *testing.T, values string) map[string]any {
	t.Helper()
	objects, err := render(t, values)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func TestEveryVariantIsWhatKubernetesReads(t *testing.T) {
	for _, kind := range []string{"none", "hpa", "keda"} {
		for _, rest := range []string{"", everything} {
			objects := must(t, "apiKeysSecret: k\nautoscaling: {kind: "+kind+"}\n"+rest)
			_, hpa := objects["HorizontalPodAutoscaler"]
			_, keda := objects["ScaledObject"]
			if hpa != (kind == "hpa") || keda != (kind == "keda") {
				t.Errorf("%s: hpa %v, keda %v", kind, hpa, keda)
			}
			if (objects["Deployment"].(*apps.Deployment).Spec.Replicas == nil) != (kind != "none") {
				t.Errorf("%s: the Deployment and a scaler must not both set replicas", kind)
			}
		}
	}
}

const everything = `
model: {file: /data/m.gguf, claim: models}
tlsSecret: tls
gpu: {count: 1}
nodeSelector: {disk: fast}
tolerations: [{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}]
serviceMonitor: {enabled: true}
metricsKeySecret: key
config: {limits: {max-batch: 32}, threads: 4}
drainSeconds: 60
`

func TestTheGracePeriodIsLongerThanTheDrain(t *testing.T) {
	objects := must(t, "apiKeysSecret: k\n"+everything)
	if grace := *objects["Deployment"].(*apps.Deployment).Spec.Template.Spec.TerminationGracePeriodSeconds; grace != 75 {
		t.Errorf("grace period %d", grace)
	}
	config := objects["ConfigMap"].(*core.ConfigMap).Data["millrace.yaml"]
	for _, part := range []string{"drain-timeout: 60s", "max-batch: 32", "threads: 4", "model: /data/m.gguf", "tls.crt"} {
		if !strings.Contains(config, part) {
			t.Errorf("no %q in\n%s", part, config)
		}
	}
}

func TestPodsGetTheirGpu(t *testing.T) {
	container := must(t, "apiKeysSecret: k\n"+everything)["Deployment"].(*apps.Deployment).Spec.Template.Spec.Containers[0]
	if gpus := container.Resources.Limits["nvidia.com/gpu"]; gpus.Value() != 1 {
		t.Errorf("%v", container.Resources)
	}
}

func TestWhatIsWrongIsRefusedByName(t *testing.T) {
	for values, part := range map[string]string{
		"{}":                                   "apiKeysSecret",
		"apiKeysSecret: k\nreplica: 3":         "replica",
		"apiKeysSecret: k\nreplicas: 0":        "replicas",
		"apiKeysSecret: k\ngpu: {count: many}": "gpu.count",
	} {
		if _, err := render(t, values); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: %v", values, err)
		}
	}
}
