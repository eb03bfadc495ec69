// Renders the templates of a Helm chart without Helm: with Go's text/template and the function library sprig, as Helm does.
// Usage: GO111MODULE=off GOPATH=/usr/share/gocode go run render.go <chart> <release> <values as JSON>
// Needs the Debian packages golang-go, golang-github-masterminds-sprig-dev and golang-gopkg-yaml.v3-dev.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

type files struct{ folder string }

// Get is the text of a file of the chart; empty if there is none, as in Helm.
func (f files) Get(name string) string {
	text, err := os.ReadFile(filepath.Join(f.folder, name))
	if err != nil {
		return ""
	}
	return string(text)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func readYaml(path string) map[string]interface{} {
	text, err := os.ReadFile(path)
	must(err)
	content := map[string]interface{}{}
	must(yaml.Unmarshal(text, &content))
	return content
}

// merge puts the values of over on top of base, by key. A null removes the key, as in Helm.
func merge(base, over map[string]interface{}) map[string]interface{} {
	for key, value := range over {
		inner, isMap := value.(map[string]interface{})
		outer, wasMap := base[key].(map[string]interface{})
		if isMap && wasMap {
			base[key] = merge(outer, inner)
		} else if value == nil {
			delete(base, key)
		} else {
			base[key] = value
		}
	}
	return base
}

func toYaml(value interface{}) (string, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	err := encoder.Encode(value)
	return strings.TrimSuffix(out.String(), "\n"), err
}

func main() {
	chart, release := os.Args[1], os.Args[2]
	over := map[string]interface{}{}
	must(json.Unmarshal([]byte(os.Args[3]), &over))
	about := map[string]interface{}{}
	for key, value := range readYaml(filepath.Join(chart, "Chart.yaml")) {
		about[strings.ToUpper(key[:1])+key[1:]] = value
	}
	root := template.New("chart").Option("missingkey=zero")
	functions := sprig.TxtFuncMap()
	functions["toYaml"] = toYaml
	functions["include"] = func(name string, data interface{}) (string, error) {
		var out bytes.Buffer
		err := root.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	functions["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return nil, errors.New(message)
		}
		return value, nil
	}
	root.Funcs(functions)
	paths, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	must(err)
	sort.Strings(paths)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		must(err)
		_, err = root.New(filepath.Base(path)).Parse(string(text))
		must(err)
	}
	data := map[string]interface{}{
		"Values":  merge(readYaml(filepath.Join(chart, "values.yaml")), over),
		"Chart":   about,
		"Release": map[string]interface{}{"Name": release, "Service": "Helm"},
		"Files":   files{chart},
	}
	for _, path := range paths {
		if strings.HasSuffix(path, ".tpl") {
			continue
		}
		fmt.Println("---")
		must(root.ExecuteTemplate(os.Stdout, filepath.Base(path), data))
	}
}
